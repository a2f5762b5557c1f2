package partial_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"drydock/labs/partial"
)

func TestWhatIsMadeIsThereWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "deeper", "file")
	broken := errors.New("broken")
	err := partial.Make(path, func(part string) error {
		return errors.Join(os.WriteFile(part, []byte("half"), 0o644), broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	wantNames(t, filepath.Dir(path))
	for _, text := range []string{"first", "second"} {
		err := partial.Make(path, func(part string) error { return os.WriteFile(part, []byte(text), 0o644) })
		if got, _ := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
	}
	wantNames(t, filepath.Dir(path), "file")
}

// Two that make the same at once do not take each other's.
func TestWhatSomebodyMakesIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".partial-left"), 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "file")
	err := partial.Make(path, func(part string) error {
		if err := partial.Make(path, func(part string) error { return os.WriteFile(part, []byte("inner"), 0o644) }); err != nil {
			return err
		}
		return os.WriteFile(part, []byte("outer"), 0o644)
	})
	if got, _ := os.ReadFile(path); err != nil || string(got) != "outer" {
		t.Errorf("got %q, %v, want outer", got, err)
	}
	wantNames(t, dir, "file") // what was left is gone
}

func TestTheFirstWhoMakesAFolderWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder")
	for _, name := range []string{"first", "second"} {
		err := partial.Make(path, func(part string) error {
			return errors.Join(os.Mkdir(part, 0o755), os.WriteFile(filepath.Join(part, name), nil, 0o644))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	wantNames(t, path, "first")
}

func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if len(got) != len(want) || len(got) == 1 && got[0] != want[0] {
		t.Errorf("%s: got %q, want %q", dir, got, want)
	}
}
