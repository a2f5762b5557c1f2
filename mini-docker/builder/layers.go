package builder

import (
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/layer"
	"drydock/mini-docker/layer/stack"
)

// noteEmpty records a step that made no layer.
func (s *stage) noteEmpty(by string, at time.Time) {
	s.config.History = append(s.config.History, v1.History{Created: v1.Time{Time: at}, CreatedBy: by, EmptyLayer: true})
}

// addLayer puts a layer on top.
func (b *build) addLayer(s *stage, made made, by string) {
	s.layers = append(s.layers, made.Packed)
	s.config.RootFS.DiffIDs = append(s.config.RootFS.DiffIDs, made.DiffID)
	s.newest = made.Created
	s.config.History = append(s.config.History, v1.History{Created: v1.Time{Time: b.created(made.Created)}, CreatedBy: by})
}

// dirs are the directories of a stage's layers, the top one first.
func (b *build) dirs(s *stage) ([]string, error) {
	var dirs []string
	for _, id := range slices.Backward(s.config.RootFS.DiffIDs) {
		dir, err := b.in.LayerDir(layer.DiffID(id.String()))
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, dir)
		if layer.IsOpaque(dir) {
			break // overlayfs does not heed that mark in the root
		}
	}
	return dirs, nil
}

func (b *build) tree(s *stage) (*stack.Tree, error) {
	dirs, err := b.dirs(s)
	return stack.New(dirs...), err
}
