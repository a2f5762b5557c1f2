package verify

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"drydock/labs"
	"drydock/lessons"
	"drydock/testscripts"
)

// FromModule reads lessons, all or those of some ids, labs and scripts from the source
// of the module that the working directory is in: an author changes them without
// building drydock again.
func FromModule(ids []string) (Options, error) {
	root, err := moduleRoot()
	if err != nil {
		return Options{}, err
	}
	at := func(dir string) fs.FS { return os.DirFS(filepath.Join(root, dir)) }
	o := Options{Module: root, Scripts: testscripts.LoadFrom(at("testscripts"))}
	all, err := lessons.Load(at("lessons"))
	if err != nil {
		return o, err
	}
	if o.Labs, err = labs.Load(at("labs")); err != nil {
		return o, err
	}
	if len(ids) == 0 {
		o.Lessons = all
		return o, nil
	}
	for _, id := range ids {
		l, err := lessons.Pick(all, id)
		if err != nil {
			return o, err
		}
		o.Lessons = append(o.Lessons, l)
	}
	return o, nil
}

// moduleRoot is the directory above this one that holds drydock's source.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module drydock\n") {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("verify works in a checkout of drydock's source: there is none here")
		}
		dir = filepath.Dir(dir)
	}
}
