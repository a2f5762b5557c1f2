package world

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"drydock/testscripts"
	"drydock/testscripts/wait"
)

// The runner is drydock for whoever looks from inside: a script is answered, services
// of fix labs have their names, and what it cannot do it says.
func TestWhereNobodyTypesASmallProgramStandsForDrydock(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), wait.Deadline)
	defer cancel()
	m, err := Prepare(t.TempDir(), filepath.Join("..", "..", "bin"))
	if err != nil {
		t.Fatal(err)
	}
	m.Drydock = filepath.Join(t.TempDir(), "none") // it is not what is copied
	w, err := m.Open(ctx, Options{Untutored: true, EngineLater: true})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for text, want := range map[string]bool{"# One\nexec true\n": true, "# Two\nexec false\n": false} {
		report, err := w.Check(ctx, testscripts.Script{Name: "it", Text: text}, testscripts.Options{Timeout: wait.Deadline})
		if err != nil || report.Passed() != want {
			t.Errorf("%q: passed %v, %v, want %v", text, report.Passed(), err, want)
		}
	}
	inside(t, ctx, w, "ln -s drydock /usr/local/bin/baker; baker --help", "baker")
	text, exit, err := w.Script(ctx, "drydock see")
	if err != nil || exit != 2 || !strings.Contains(text, "drydock itself is not in this sandbox") {
		t.Errorf("drydock see: %q, %d, %v; want that it is not there", text, exit, err)
	}
	if _, err := m.Open(ctx, Options{EngineLater: true}); err == nil {
		t.Error("where somebody types, drydock itself is copied: this machine has none")
	}
}
