// Package volume keeps named folders that outlive the containers they are mounted
// in.
//
//	s := volume.New(volume.Options{Root: root})
//	v, err := s.Create(volume.Volume{Name: "data"}) // or the one that is there
//	…                                               // v.Mountpoint is mounted somewhere
//	err = s.Remove("data", nobody)
//
// There is no daemon. What is known stands in files, several programs may use them
// at once, and any of them may be killed at any instant:
//
//	ROOT/volumes.format            the version of the format of what follows
//	ROOT/volumes/                  locked while a volume comes or goes
//	ROOT/volumes/NAME/_data/       the files
//	ROOT/volumes/NAME/volume.json  when it was made, and its labels
//	ROOT/volumes/NAME/filling/     what is to be its first files, until they are whole
//	ROOT/volumes/.NAME/            being made
//	ROOT/volumes/..ID/             being removed
//
// A volume whose volume.json is damaged is still one: what counts are its files.
// Nothing here takes files out of a _data, nor puts another in its place that has
// any: whoever has it mounted may have written them.
//
// The package mounts nothing and knows no containers. Who uses a volume, and what
// it is filled with, is for the caller to say.
package volume

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"drydock/mini-docker/format"
)

// Volume is a named folder. Its JSON form is what `volume inspect` prints, with
// Docker's names.
type Volume struct {
	CreatedAt  time.Time
	Driver     string
	Labels     map[string]string
	Mountpoint string // where its files lie
	Name       string
	Options    map[string]string
	Scope      string
}

// AnonymousLabel marks a volume whose name nobody chose.
const AnonymousLabel = "com.docker.volume.anonymous"

// IsAnonymous says whether nobody chose the volume's name.
func (v *Volume) IsAnonymous() bool {
	_, ok := v.Labels[AnonymousLabel]
	return ok
}

// NewName is a name that no other volume has.
func NewName() string {
	var bytes [32]byte
	rand.Read(bytes[:]) // never fails, see crypto/rand
	return hex.EncodeToString(bytes[:])
}

// What can be wrong with a request. The texts are Docker's.
var (
	// ErrNotExist says that no volume has the name.
	ErrNotExist = errors.New("no such volume")
	// ErrInUse says that containers use the volume.
	ErrInUse = errors.New("volume is in use")
	// ErrName says that a volume cannot have the name.
	ErrName = errors.New("invalid volume name")
)

// nameError is an ErrName in Docker's words.
type nameError struct{ text string }

func (e *nameError) Error() string { return e.text }
func (e *nameError) Unwrap() error { return ErrName }

var validName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]+$`) })

// CheckName refuses a name that a volume cannot have: it is to be the name of a
// folder, and one that begins with a dot is not seen. The error wraps ErrName.
func CheckName(name string) error {
	switch {
	case len(name) == 1:
		return &nameError{"volume name is too short, names should be at least two alphanumeric characters"}
	case len(name) > 255-len("."):
		return &nameError{fmt.Sprintf("volume name is too long: it has %d bytes, and a folder's name %d at most", len(name), 254)}
	case !validName().MatchString(name):
		return &nameError{fmt.Sprintf("%q includes invalid characters for a local volume name, only %q are allowed. "+
			"If you intended to pass a host directory, use absolute path", name, "[a-zA-Z0-9][a-zA-Z0-9_.-]")}
	}
	return nil
}

// Options says where the volumes lie.
type Options struct {
	Root string

	// RemoveAll removes a folder. Files of a volume can belong to ids that not
	// everybody has power over.
	RemoveAll func(dir string) error

	// Merge does what the function of this package does, for the same reason.
	Merge func(from, dir string) error
}

// Store keeps the volumes of one engine.
type Store struct {
	o      Options
	format func() error // checked once
}

// New returns the volumes whose files lie where o says. Nothing is read or written
// yet.
func New(o Options) *Store {
	s := &Store{o: o}
	s.format = sync.OnceValue(func() error {
		return format.Check(format.Store{What: "volumes", Dir: s.dir(), Version: 1})
	})
	if s.o.RemoveAll == nil {
		s.o.RemoveAll = os.RemoveAll
	}
	if s.o.Merge == nil {
		s.o.Merge = Merge
	}
	return s
}

const (
	dataDir  = "_data"
	metaFile = "volume.json"
	fillDir  = "filling"
)

func (s *Store) dir() string                { return filepath.Join(s.o.Root, "volumes") }
func (s *Store) of(name string) string      { return filepath.Join(s.dir(), name) }
func (s *Store) hidden(name string) string  { return filepath.Join(s.dir(), "."+name) }
func (s *Store) filling(n string) string    { return filepath.Join(s.of(n), fillDir) }
func (s *Store) Mountpoint(n string) string { return filepath.Join(s.of(n), dataDir) }

// Find returns the volume of a name. The error wraps ErrNotExist.
func (s *Store) Find(name string) (*Volume, error) {
	if err := s.format(); err != nil {
		return nil, err
	}
	info, err := os.Stat(s.Mountpoint(name))
	if CheckName(name) != nil || errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("get %s: %w", name, ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	v := &Volume{CreatedAt: info.ModTime()}
	if text, err := os.ReadFile(filepath.Join(s.of(name), metaFile)); err == nil {
		json.Unmarshal(text, v)
	}
	v.complete(name, s.Mountpoint(name))
	return v, nil
}

// complete fills in what goes without saying.
func (v *Volume) complete(name, mountpoint string) {
	v.Name, v.Mountpoint, v.Driver, v.Scope = name, mountpoint, "local", "local"
	if v.Labels == nil {
		v.Labels = map[string]string{}
	}
	if v.Options == nil {
		v.Options = map[string]string{}
	}
}

// List returns all volumes by name.
func (s *Store) List() ([]*Volume, error) {
	if err := s.format(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(s.dir())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var list []*Volume
	for _, entry := range entries {
		v, err := s.Find(entry.Name())
		if errors.Is(err, ErrNotExist) {
			continue // hidden, or removed just now
		}
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}
