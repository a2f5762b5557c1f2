package line

import (
	"os"
	"path/filepath"
	"testing"
)

func TestHistoryGoesOnInAnotherShell(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history")
	h := NewHistory(file)
	for _, line := range []string{"ls /a", " ", "ps", "ls /b"} {
		h.Add(line)
	}
	other := NewHistory(file)
	if other.Len() != 3 || other.At(0) != "ls /b" || other.At(2) != "ls /a" {
		t.Errorf("got %q", other.Lines())
	}
	for _, want := range []string{"ls /b", "ls /a"} {
		current := "ls"
		if want == "ls /a" {
			current = "ls /b"
		}
		if got, ok := other.Search(current); !ok || got != want {
			t.Errorf("searching: got %q, %v, want %q", got, ok, want)
		}
	}
	if got, ok := other.Search("ls /a"); ok {
		t.Errorf("beyond the oldest: got %q", got)
	}
	if got, ok := other.Search("p"); !ok || got != "ps" {
		t.Errorf("another search: got %q, %v", got, ok)
	}
}

func TestLinesTypedAheadAreTakenOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ahead")
	a := NewAhead(file)
	if err := os.WriteFile(file, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one", "two", ""} {
		if got, ok := a.next(); got != want || ok != (want != "") {
			t.Errorf("got %q, %v, want %q", got, ok, want)
		}
	}
	if err := os.WriteFile(file, []byte("three\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a.Drop()
	if got, ok := a.next(); ok {
		t.Errorf("after Ctrl-C: got %q", got)
	}
}
