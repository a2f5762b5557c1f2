package lessons

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "bring the built-in lessons' excerpts up to date")

func TestBuiltInExcerptsAreTheCode(t *testing.T) {
	module := os.DirFS("..")
	all, err := Load(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if *update {
			text, err := Update(l, module)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join("..", l.Path), text, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		for _, p := range Stale(l, module) {
			t.Error(p)
		}
	}
}
