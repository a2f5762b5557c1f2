package see

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Looks keeps the last look at a world, to compare the next one with. In a sandbox
// Dir is in the sandbox's own memory, and ends with it.
type Looks struct{ Dir string }

// path is where the last look is. Looks from different PID or user namespaces are no
// looks at one world.
func (l Looks) path(s Scene) string {
	return filepath.Join(l.Dir, fmt.Sprintf("see-%d-%d.json", s.Here["pid"], s.Eyes))
}

// Last returns the last look that was made where now was, if there was one that now
// can be compared with: one of another drydock, or before the machine was started,
// cannot. The error says why what is kept could not be read.
func (l Looks) Last(now Scene) (before Scene, ok bool, err error) {
	text, err := os.ReadFile(l.path(now))
	if errors.Is(err, fs.ErrNotExist) {
		return Scene{}, false, nil
	}
	if err != nil {
		return Scene{}, false, fmt.Errorf("reading the last look: %w", err)
	}
	if json.Unmarshal(text, &before) != nil || !Comparable(before, now) {
		return Scene{}, false, nil
	}
	return before, true, nil
}

// Keep writes a look down for the next one. Two at once both write a whole file.
func (l Looks) Keep(s Scene) error {
	if err := os.MkdirAll(l.Dir, 0o700); err != nil {
		return fmt.Errorf("keeping a look: %w", err)
	}
	file, err := os.CreateTemp(l.Dir, ".see-")
	if err != nil {
		return fmt.Errorf("keeping a look: %w", err)
	}
	defer os.Remove(file.Name())
	if err := errors.Join(json.NewEncoder(file).Encode(s), file.Close()); err != nil {
		return fmt.Errorf("keeping a look in %s: %w", file.Name(), err)
	}
	return os.Rename(file.Name(), l.path(s))
}
