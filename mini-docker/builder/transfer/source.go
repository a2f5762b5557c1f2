package transfer

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// Source is a tree that files are taken from.
type Source struct {
	Files fs.ReadLinkFS
	Name  string // for messages; the context has none
	// KeepOwners says that files belong to whom they belong there; without it they
	// belong to root, since the users of this machine mean nothing in an image.
	KeepOwners bool

	leftOut *patternmatcher.PatternMatcher // or nil
}

// lacks says that a file is not there.
func (s Source) lacks(name string) error {
	if s.Name == "" {
		return fmt.Errorf("file not found in build context or excluded by .dockerignore: %s", name)
	}
	return fmt.Errorf("file not found in %s: %s", s.Name, name)
}

// Context is a directory that a build may take files from: those that
// .dockerignore does not leave out. No link and no name leads out of it.
type Context struct {
	root   *os.Root
	ignore []string // patterns
}

// OpenContext opens the context of a build. What it leaves out stands in the first
// of the named files that is there.
func OpenContext(dir string, ignoreFiles ...string) (*Context, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("build context: %w", err)
	}
	c := &Context{root: root}
	for _, name := range ignoreFiles {
		text, err := root.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = c.leaveOut(text)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("reading %s: %w", name, err), root.Close())
		}
		break
	}
	return c, nil
}

func (c *Context) leaveOut(text []byte) error {
	// A byte order mark is no part of the first pattern.
	var err error
	if c.ignore, err = ignorefile.ReadAll(bytes.NewReader(text)); err == nil {
		_, err = patternmatcher.New(c.ignore)
	}
	return err
}

// ReadFile reads a file of the context, also one that is left out.
func (c *Context) ReadFile(name string) ([]byte, error) { return c.root.ReadFile(name) }

// Source is the context as a tree to take files from. Each has patterns of its own:
// they are compiled when they are first used, and stages are built side by side.
func (c *Context) Source() Source {
	s := Source{Files: c.root.FS().(fs.ReadLinkFS)}
	if len(c.ignore) > 0 {
		s.leftOut, _ = patternmatcher.New(c.ignore) // which was tried
	}
	return s
}

// Close closes the directory.
func (c *Context) Close() error { return c.root.Close() }

// without leaves out more.
func (s Source) without(patterns []string) (*patternmatcher.PatternMatcher, error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	return patternmatcher.New(patterns)
}

// isLeftOut says whether a file is not to be taken, and, of a directory, whether
// nothing below it is.
func isLeftOut(matcher *patternmatcher.PatternMatcher, name string) (out, whole bool, err error) {
	if matcher == nil || name == "." {
		return false, false, nil
	}
	out, err = matcher.MatchesOrParentMatches(name)
	return out, out && !matcher.Exclusions(), err
}
