package engine

import (
	"path/filepath"
	"strings"
)

// Names that GraphDriver.Data uses, as Docker does.
const (
	lowerDir = "LowerDir"
	upperDir = "UpperDir"
	workDir  = "WorkDir"
)

// overlayData names the directories of the container's file system.
func overlayData(layers []string, dir string) map[string]string {
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
