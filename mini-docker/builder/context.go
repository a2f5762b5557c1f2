package builder

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// contextFiles are the files that COPY may take: those of a directory that
// .dockerignore does not leave out. No link and no name leads out of it.
type contextFiles struct {
	root   *os.Root
	ignore *patternmatcher.PatternMatcher
}

// openContext opens the context of a build.
func openContext(dir string) (*contextFiles, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("build context: %w", err)
	}
	c := &contextFiles{root: root}
	text, err := root.ReadFile(".dockerignore")
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	var patterns []string
	if err == nil {
		patterns, err = ignorefile.ReadAll(bytes.NewReader(text))
	}
	if err == nil {
		c.ignore, err = patternmatcher.New(patterns)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading .dockerignore: %w", err), root.Close())
	}
	return c, nil
}

func (c *contextFiles) Close() error { return c.root.Close() }

// tree is the context as a tree to copy from.
func (c *contextFiles) tree() source {
	s := source{files: c.root.FS().(fs.ReadLinkFS)}
	if c.ignore != nil {
		s.leftOut = func(name string) (bool, error) {
			return c.ignore.MatchesOrParentMatches(name)
		}
		s.exceptions = c.ignore.Exclusions()
	}
	return s
}

// source is a tree that files are copied from.
type source struct {
	files      fs.ReadLinkFS
	leftOut    func(name string) (bool, error) // or nil
	exceptions bool                            // something below what is left out may be wanted
}

func (s source) isLeftOut(name string) (bool, error) {
	if s.leftOut == nil || name == "." {
		return false, nil
	}
	return s.leftOut(name)
}
