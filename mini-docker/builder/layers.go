package builder

import (
	"fmt"
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

// once does a step and puts its layer on top, unless one is remembered under its key.
// Of stages that come to the same step at the same time one does it, for all.
func (b *build) once(k *key, do func() (v1.Descriptor, layer.Result, error)) error {
	mine := false
	layer, err, _ := b.cache.doing.Do(k.digest(), func() (any, error) {
		mine = true
		if found, ok := b.cached(k); ok {
			return found, nil
		}
		packed, result, err := do()
		if err != nil {
			return nil, err
		}
		return b.keep(k, packed, result)
	})
	if err != nil {
		return err
	}
	if !mine {
		b.judge(k, true, "a stage beside this one has just done it")
	}
	b.addLayer(k.stage, layer.(made), k.text)
	return nil
}

// keep remembers what a step has made.
func (b *build) keep(k *key, packed v1.Descriptor, result layer.Result) (made, error) {
	id, err := v1.NewHash(string(result.DiffID))
	if err != nil {
		return made{}, err
	}
	if result.OwnersLost > 0 {
		b.options.Progress.Warn(fmt.Sprintf("%d files belong to root instead of who they were given to: you have no ids to give them (see /etc/subuid)", result.OwnersLost))
	}
	return b.cache.add(k, packed, id), nil
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
