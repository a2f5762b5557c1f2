package builder

import (
	"os"
	"path/filepath"
	"testing"
)

// Whoever is killed cannot remove what it has written of a secret: the next does,
// and leaves alone what a build that goes on has.
func TestTheSecretsOfABuildThatWasKilledAreRemoved(t *testing.T) {
	for name, next := range map[string]func(*place) error{
		"build": func(p *place) error { _, err := p.build(t, "FROM scratch; COPY a /"); return err },
		"prune": func(p *place) error { _, err := Prune(t.Context(), p.engine); return err },
	} {
		p := newPlace(t, map[string]string{"a": "1"})
		held, err := p.engine.Scratch(secretPrefix)
		if err != nil {
			t.Fatal(err)
		}
		dead := filepath.Join(filepath.Dir(held.Dir), secretPrefix+"dead")
		if err := os.Mkdir(dead, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dead, "file"), []byte("secret"), 0o400); err != nil {
			t.Fatal(err)
		}
		if err := next(p); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(dead); !os.IsNotExist(err) {
			t.Errorf("%s: what a killed build had is there still: %v", name, err)
		}
		if _, err := os.Lstat(held.Dir); err != nil {
			t.Errorf("%s: what a build has is gone: %v", name, err)
		}
		if err := held.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dead), secretPrefix+"*")); len(left) > 0 {
			t.Errorf("%s: left %v", name, left)
		}
	}
}
