// Package transfer lays files out as COPY and ADD do (Dockerfile reference): it
// finds what a source means, where each file goes in the image, and writes them as
// the tar archive of a layer, without a container.
//
//	job, err := transfer.New(transfer.Request{From: context.Source(), Into: image, Paths: paths, Dest: "/app/"})
//	content, err := job.Digest(ctx) // before anything is written
//	err = job.Write(ctx, w)
//
// The same files make the same bytes. What the image has already is read through
// package stack, so that links in it lead where they lead in the image, and that
// directories on the way keep their owner and mode: in an overlay it is the top
// layer's directory that is seen.
//
// It knows nothing of stages, caches and stores: that is package builder.
package transfer

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/moby/patternmatcher"

	"drydock/mini-docker/layer/stack"
)

// Request is one COPY or ADD.
type Request struct {
	From   Source
	Into   *stack.Tree // what the layer will stand on
	Base   string      // WORKDIR
	Paths  []string    // of the sources: names or patterns
	Inline []Inline    // here-documents
	Dest   string

	Owner   *Owner // --chown, or nil
	Mode    *int64 // --chmod, or nil
	Exclude []string
	Parents bool // sources keep the directories they are in
	Unpack  bool // archives are unpacked

	// NotAfter is the latest time that a file may have; zero leaves all as they are.
	NotAfter time.Time
}

// Inline is a file whose content stands in the Dockerfile, or was fetched.
type Inline struct {
	Name string
	Data []byte
	Mode int64
	Time time.Time
	// Path of a file on this machine that holds the data instead.
	Path string
}

// Owner is whom files are given to.
type Owner struct{ UID, GID int }

// Job is a Request of which all files are found.
type Job struct {
	Request
	exclude *patternmatcher.PatternMatcher
	items   []item
	dirs    []string // that are made if they are not there, whatever is copied into them
}

// item is one file or directory, or an archive.
type item struct {
	from, to string
	inline   *Inline
	archive  bool
}

// New finds out what is copied where.
func New(r Request) (*Job, error) {
	j := &Job{Request: r}
	var err error
	if j.exclude, err = r.From.without(r.Exclude); err != nil {
		return nil, err
	}
	to, err := j.Into.Resolve(j.destination())
	if err != nil {
		return nil, err
	}
	isDir := strings.HasSuffix(r.Dest, "/") || path.Base(r.Dest) == "." || r.Dest == ""
	if info, err := j.Into.Lstat(to); to == "." || err == nil && info.IsDir() {
		isDir = true
	}
	var sources []found
	for _, pattern := range r.Paths {
		if r.Parents {
			if err := j.addWithParents(pattern, to); err != nil {
				return nil, err
			}
			continue
		}
		more, err := j.find(pattern)
		if err != nil {
			return nil, err
		}
		sources = append(sources, more...)
	}
	if len(sources)+len(r.Inline) > 1 && !isDir {
		//lint:ignore ST1005 these are Docker's words
		return nil, errors.New("When using COPY with more than one source file, the destination must be a directory and end with a /")
	}
	for _, each := range sources {
		if err := j.add(each, to, isDir); err != nil {
			return nil, err
		}
	}
	for i := range r.Inline {
		at := to
		if isDir {
			at = path.Join(to, r.Inline[i].Name)
		}
		j.items = append(j.items, item{to: at, inline: &r.Inline[i]})
	}
	return j, nil
}

func (j *Job) destination() string {
	if path.IsAbs(j.Dest) {
		return j.Dest
	}
	return path.Join("/", j.Base, j.Dest)
}

// found is a source: what it is called, and where that leads.
type found struct{ name, at string }

// find finds what a source means: one name, or all that a pattern matches. A link
// leads to what it names.
func (j *Job) find(pattern string) ([]found, error) {
	clean := strings.TrimPrefix(path.Clean("/"+pattern), "/")
	names := []string{clean}
	if clean == "" {
		names = []string{"."}
	} else if isPattern(clean) {
		var err error
		if names, err = fs.Glob(j.From.Files, clean); err != nil {
			return nil, fmt.Errorf("%s: %w", pattern, err)
		}
	}
	var list []found
	for _, name := range names {
		out, whole, err := isLeftOut(j.From.leftOut, name)
		if err != nil {
			return nil, err
		}
		at, err := stack.Resolve(j.From.Files, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", pattern, err)
		}
		info, err := j.From.Files.Lstat(at)
		if err != nil || whole || out && !info.IsDir() {
			continue
		}
		list = append(list, found{name, at})
	}
	if len(list) == 0 && !isPattern(clean) {
		return nil, j.From.lacks(pattern)
	}
	return list, nil
}

// add adds a source: of a directory what is in it, of a file itself.
func (j *Job) add(source found, to string, isDir bool) error {
	info, err := j.From.Files.Lstat(source.at)
	if err != nil {
		return err
	}
	if info.IsDir() {
		j.dirs = append(j.dirs, to)
		return j.addTree(source.at, to)
	}
	if out, _, err := isLeftOut(j.exclude, source.name); out || err != nil {
		return err
	}
	if j.Unpack {
		isArchive, err := isArchive(j.From.Files, source.at)
		if err != nil {
			return err
		}
		if isArchive {
			j.items = append(j.items, item{from: source.at, to: to, archive: true})
			return nil
		}
	}
	if isDir {
		to = path.Join(to, path.Base(source.name))
	}
	j.items = append(j.items, item{from: source.at, to: to})
	return nil
}

// Names are the files that are copied, as they are called where they come from.
func (j *Job) Names() []string {
	var names []string
	for _, each := range j.items {
		if each.inline == nil {
			names = append(names, each.from)
		}
	}
	return slices.Compact(names)
}

// Directory is a Job that makes a directory, with those above it that are missing.
func Directory(into *stack.Tree, dir string, owner *Owner) *Job {
	return &Job{Request: Request{Into: into, Owner: owner}, dirs: []string{dir}}
}
