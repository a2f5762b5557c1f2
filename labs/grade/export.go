package grade

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"drydock/labs/progress"
)

// Export is a learner's progress as it is handed to a teacher: a JSON file of
// this form, which holds what progress.json holds, and a name.
type Export struct {
	Drydock  string         `json:"drydock"` // "progress": what this file is
	Learner  string         `json:"learner"`
	Exported time.Time      `json:"exported"`
	Progress progress.State `json:"progress"`
}

const exportKind = "progress"

// mostBytes is what an export may hold: a teacher opens what others have sent.
const mostBytes = 4 << 20

// WriteExport writes a learner's progress.
func WriteExport(w io.Writer, l Learner, now time.Time) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(Export{Drydock: exportKind, Learner: l.Name, Exported: now.UTC(), Progress: l.State})
}

// ExportTo is WriteExport to a file that is not there yet.
func ExportTo(file string, l Learner, now time.Time) error {
	f, err := os.OpenFile(filepath.Clean(file), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: name another file, or remove it", file)
	}
	if err != nil {
		return fmt.Errorf("exporting progress: %w", err)
	}
	if err := errors.Join(WriteExport(f, l, now), f.Close()); err != nil {
		return fmt.Errorf("exporting progress: %w", err)
	}
	return nil
}

// Read returns the learners whose exports the paths name: files, and directories
// of which every .json counts. They come sorted by name. One bad file among
// thirty is no reason to grade nobody: the error joins one for each export that
// cannot be read, and for each that is a learner's second, which is left out.
func Read(paths []string) (class []Learner, err error) {
	var all []error
	from := map[string]string{}
	files, err := exports(paths)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		l, err := readExport(file)
		if err != nil {
			all = append(all, err)
			continue
		}
		if first, twice := from[l.Name]; twice {
			all = append(all, fmt.Errorf("%s is left out: %s is of learner %q too", file, first, l.Name))
			continue
		}
		from[l.Name] = file
		class = append(class, l)
	}
	slices.SortFunc(class, func(a, b Learner) int { return strings.Compare(a.Name, b.Name) })
	return class, errors.Join(all...)
}

// exports are the files that paths name.
func exports(paths []string) (files []string, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("reading a class: %w", err)
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		found, err := filepath.Glob(filepath.Join(globSafe(path), "*.json"))
		if err != nil {
			return nil, fmt.Errorf("reading a class: %w", err)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("reading a class: no .json file in %s", path)
		}
		files = append(files, found...)
	}
	return files, nil
}

// globSafe escapes what filepath.Match would take for a pattern.
func globSafe(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func readExport(file string) (Learner, error) {
	f, err := os.Open(file)
	if err != nil {
		return Learner{}, fmt.Errorf("reading progress: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	switch {
	case errors.Is(err, fs.ErrInvalid), err != nil:
		return Learner{}, fmt.Errorf("reading progress: %w", err)
	case len(data) > mostBytes:
		return Learner{}, fmt.Errorf("reading progress: %s is larger than any export", file)
	}
	var e Export
	if err := json.Unmarshal(data, &e); err != nil {
		return Learner{}, fmt.Errorf("reading progress in %s: %w", file, err)
	}
	switch {
	case e.Drydock != exportKind:
		return Learner{}, fmt.Errorf("%s is no export: learners make one with `drydock progress --export FILE`", file)
	case e.Progress.Version > progress.Version:
		return Learner{}, fmt.Errorf("progress in %s: %w", file, progress.ErrNewer)
	}
	if e.Learner == "" { // the file's name is better than none
		e.Learner = strings.TrimSuffix(filepath.Base(file), ".json")
	}
	return Learner{Name: e.Learner, State: e.Progress}, nil
}
