package cgroup

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Survey tells what there is of a group at a path that came from Place: the
// directory of the group itself, if there is one in any tree, and which of those
// above it are missing, the lowest first. Whoever makes the group makes those,
// and may remove them again.
func (t Trees) Survey(place string) (there string, missing []string) {
	for _, point := range t.points() {
		if dir := filepath.Join(point, place); isThere(dir) {
			there = dir
		}
		for above := path.Dir(place); strings.Trim(above, "/.") != ""; above = path.Dir(above) {
			if dir := filepath.Join(point, above); !isThere(dir) {
				missing = append(missing, dir)
			}
		}
	}
	return there, missing
}

// points are where the trees are mounted in which groups are made.
func (t Trees) points() (points []string) {
	if t.isUnified {
		return []string{t.unified}
	}
	for _, tree := range t.v1 {
		points = append(points, tree.point)
	}
	slices.Sort(points)
	return slices.Compact(points)
}

// RemoveEmpty removes those of the directories in which there is nothing any
// more, in their order.
func RemoveEmpty(dirs []string) error {
	for _, dir := range dirs {
		if err := removeEmpty(dir); err != nil {
			return err
		}
	}
	return nil
}
