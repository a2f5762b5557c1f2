package progress

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Store is the file in a directory. It holds nothing open between calls.
type Store struct {
	dir  string
	tell func(line string)
}

// Open returns the store in dir, which need not exist yet. tell gets a line
// for the learner when something was out of order and was dealt with.
func Open(dir string, tell func(line string)) *Store {
	return &Store{dir: dir, tell: tell}
}

// ErrNewer says that a newer drydock wrote the file.
var ErrNewer = errors.New("written by a newer drydock: update this one, nothing was changed")

// Path is where the file lies.
func (s *Store) Path() string { return filepath.Join(s.dir, "progress.json") }

// Load returns what is stored; nothing, when there is no file yet.
func (s *Store) Load() (State, error) {
	if _, err := os.Stat(s.Path()); errors.Is(err, fs.ErrNotExist) {
		return State{Version: Version}, nil // and leave no folder behind for having looked
	}
	var loaded State
	err := s.locked(func() (err error) {
		loaded, err = s.read()
		return err
	})
	return loaded, err
}

// Update lets change alter what is stored and writes it, as one step: of two
// processes at once, the second sees what the first wrote.
func (s *Store) Update(change func(*State)) error {
	return s.locked(func() error {
		state, err := s.read()
		if err != nil {
			return err
		}
		change(&state)
		state.Version = Version
		return s.write(state)
	})
}

// locked runs do while this process alone holds the lock: flock(2) on a file
// of its own, since progress.json is replaced at each write. The kernel drops
// the lock when its holder dies.
func (s *Store) locked(do func() error) (err error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("making the progress folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(s.dir, "progress.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("locking progress: %w", err)
	}
	defer lock.Close() // and with it the lock
	for {
		err := unix.Flock(int(lock.Fd()), unix.LOCK_EX)
		if err == nil {
			return do()
		}
		if !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("locking %s: %w", lock.Name(), err)
		}
	}
}

// read decodes the file. What cannot be decoded is moved aside and said.
func (s *Store) read() (State, error) {
	if info, err := os.Stat(s.Path()); err == nil && !info.Mode().IsRegular() {
		// A pipe would keep us waiting for ever, a device has no end.
		return State{}, fmt.Errorf("reading progress: %s is no file: move it away, and a new one begins", s.Path())
	}
	data, err := os.ReadFile(s.Path())
	if errors.Is(err, fs.ErrNotExist) {
		return State{Version: Version}, nil
	}
	if err != nil {
		return State{}, fmt.Errorf("reading progress: %w", err)
	}
	var state State
	if err := json.Unmarshal(data, &state); err != nil || state.Version < 1 {
		// A newer format may differ in more than its version.
		if newer(data) {
			return State{}, fmt.Errorf("progress in %s: %w", s.Path(), ErrNewer)
		}
		return State{Version: Version}, s.setAside()
	}
	if state.Version > Version {
		return State{}, fmt.Errorf("progress in %s: %w", s.Path(), ErrNewer)
	}
	state.mend()
	return state, nil
}

// newer reports whether data at least names a later version.
func newer(data []byte) bool {
	var head struct{ Version int }
	return json.Unmarshal(data, &head) == nil && head.Version > Version
}

// setAside keeps a damaged file under a name that says so.
func (s *Store) setAside() error {
	aside := s.Path() + ".damaged-" + time.Now().UTC().Format("20060102T150405.000000000")
	if err := os.Rename(s.Path(), aside); err != nil {
		return fmt.Errorf("keeping the damaged progress file aside: %w", err)
	}
	s.tell("your progress file was damaged; it is kept as " + aside + " and a new one begins")
	return nil
}

// write replaces the file in one step: rename(2) is atomic, and fsync(2)
// before it makes sure that the new name never points at lost bytes. Whatever
// goes wrong before the rename, the old file is untouched.
func (s *Store) write(state State) (err error) {
	data, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding progress: %w", err)
	}
	tmp, err := os.CreateTemp(s.dir, ".progress-*")
	if err != nil {
		return s.explain(err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name()) // it is of no use, and the disk may be full
		}
	}()
	_, err = tmp.Write(append(data, '\n'))
	if err == nil {
		err = tmp.Sync()
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), s.Path())
	}
	if err != nil {
		return s.explain(err)
	}
	return s.syncDir()
}

// syncDir makes the rename itself durable (fsync(2), NOTES on directories).
func (s *Store) syncDir() error {
	dir, err := os.Open(s.dir)
	if err != nil {
		return fmt.Errorf("opening the progress folder: %w", err)
	}
	defer dir.Close()
	// Some file systems cannot sync a directory (EINVAL); the rename was done.
	if err := dir.Sync(); err != nil && !errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("syncing the progress folder: %w", err)
	}
	return nil
}

// explain says what a failed write means to the learner.
func (s *Store) explain(err error) error {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return fmt.Errorf("saving progress: the disk under %s is full; what was saved before is intact: %w", s.dir, err)
	}
	return fmt.Errorf("saving progress: %w", err)
}
