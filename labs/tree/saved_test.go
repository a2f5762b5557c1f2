package tree

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestASaveIsNoticedAndTypingIsNot(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	saved := func() string {
		t.Helper()
		text, err := Saved(dir)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	write("a/a.go", "package a\n")
	before := saved()
	for _, name := range []string{"a/.a.go.swp", "a/.#a.go", "a/a.go~", ".git/x.go", "bin/program"} {
		write(name, "x")
		if saved() != before {
			t.Errorf("%s counts as a save", name)
		}
	}
	write("a/a.go", "package a // more\n")
	if saved() == before {
		t.Error("a save is not noticed")
	}
	before = saved()
	if err := os.Remove(filepath.Join(dir, "a/a.go")); err != nil {
		t.Fatal(err)
	}
	if saved() == before {
		t.Error("a file that is gone is not noticed")
	}
}
