// Package filesystem is a container's file system: which directories overlayfs(5)
// makes it of, its root while the container runs and while it does not, and what in
// it differs from the image.
//
//	c.GraphDriver.Data = filesystem.Data(layers, dir)
//	changes, err := filesystem.Diff(ctx, c)
//	files, err := filesystem.Stack(c, dir) // the root of one that does not run
//
// How the root of one that runs comes to be is for package runtime: see Spec in
// package bundle.
package filesystem

import (
	"path/filepath"
	"strings"

	"drydock/mini-docker/engine/container"
)

// Names that GraphDriver.Data uses, as Docker does.
const (
	lowerDir = "LowerDir"
	upperDir = "UpperDir"
	workDir  = "WorkDir"
)

// Data names the directories of the container's file system.
func Data(layers []string, dir string) map[string]string {
	escaped := make([]string, len(layers))
	for i, each := range layers {
		escaped[i] = strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace(each)
	}
	return map[string]string{
		lowerDir: strings.Join(escaped, ":"),
		upperDir: filepath.Join(dir, "upper"),
		workDir:  filepath.Join(dir, "work"),
	}
}

// splitLower takes apart the list of lower directories. As in the mount option
// colons separate, and a backslash takes the meaning from the next character.
func splitLower(list string) []string {
	dirs := []string{""}
	for i := 0; i < len(list); i++ {
		last := &dirs[len(dirs)-1]
		switch {
		case list[i] == '\\' && i+1 < len(list):
			i++
			*last += list[i : i+1]
		case list[i] == ':':
			dirs = append(dirs, "")
		default:
			*last += list[i : i+1]
		}
	}
	return dirs
}

// Layers are the directories that a container stands on, the top one first.
func Layers(c *container.Container) []string { return splitLower(c.GraphDriver.Data[lowerDir]) }

// Upper is the directory of what a container has written.
func Upper(c *container.Container) string { return c.GraphDriver.Data[upperDir] }

// Work is the directory that overlayfs itself needs beside it.
func Work(c *container.Container) string { return c.GraphDriver.Data[workDir] }
