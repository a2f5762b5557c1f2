package transfer

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/moby/patternmatcher"

	"drydock/mini-docker/layer/stack"
)

// addTree adds all that is in a directory.
func (j *Job) addTree(from, to string) error {
	return j.walk(from, func(name, below string) error {
		j.items = append(j.items, item{from: name, to: path.Join(to, below)})
		return nil
	})
}

// walk visits all that is in a directory and is not left out: by its name, and by the
// way that leads to it from the directory.
func (j *Job) walk(from string, visit func(name, below string) error) error {
	return fs.WalkDir(j.From.Files, from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == from {
			return err
		}
		below := strings.TrimPrefix(strings.TrimPrefix(name, from), "/")
		if from == "." {
			below = name
		}
		out, whole, err := isLeftOut(j.From.leftOut, name)
		if err == nil && !out {
			out, whole, err = isLeftOut(j.exclude, below)
		}
		switch {
		case err != nil:
			return err
		case whole && entry.IsDir():
			return fs.SkipDir
		case out:
			return nil
		}
		return visit(name, below)
	})
}

// addWithParents adds what a pattern of COPY --parents matches, with the directories
// that lead to it: all of them, or those after the /./ in it. No link is followed, and
// ** stands for any number of directories (Dockerfile reference, COPY --parents).
func (j *Job) addWithParents(pattern, to string) error {
	pivot, kept, hasPivot := strings.Cut(pattern, "/./")
	if !hasPivot {
		pivot, kept = "", pattern
	}
	top, err := stack.Resolve(j.From.Files, path.Join(".", path.Clean("/" + pivot)[1:]))
	if err != nil {
		return fmt.Errorf("%s: %w", pattern, err)
	}
	kept = path.Clean("/" + kept)[1:]
	wanted, err := patternmatcher.New([]string{kept})
	if err != nil {
		return fmt.Errorf("%s: %w", pattern, err)
	}
	j.dirs = append(j.dirs, to)
	added, some := map[string]bool{".": true}, false
	err = j.walk(top, func(name, below string) error {
		matches, err := wanted.MatchesOrParentMatches(below)
		if matches || kept == "" {
			some = true
			j.addBelow(top, below, to, added)
		}
		return err
	})
	if err == nil && !some && !isPattern(pattern) {
		err = j.From.lacks(pattern)
	}
	return err
}

// addBelow adds a file after the directories that lead to it.
func (j *Job) addBelow(top, below, to string, added map[string]bool) {
	if added[below] {
		return
	}
	added[below] = true
	j.addBelow(top, path.Dir(below), to, added)
	j.items = append(j.items, item{from: path.Join(top, below), to: path.Join(to, below)})
}

func isPattern(name string) bool { return strings.ContainsAny(name, `*?[\`) }
