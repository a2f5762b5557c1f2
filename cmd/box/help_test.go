package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/interp"
)

func TestHelpNamesTheTutorsWordsFirst(t *testing.T) {
	dir := installed(t)
	tutor := t.TempDir()
	if err := os.WriteFile(filepath.Join(tutor, "drydock"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"next", "check"} {
		if err := os.Symlink("drydock", filepath.Join(tutor, word)); err != nil {
			t.Fatal(err)
		}
	}
	helped := func(path string) string {
		cmd := exec.Command(filepath.Join(dir, "sh"), "-c", "help")
		cmd.Env = []string{"PATH=" + path}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	with, without := helped(tutor+":"+dir), helped(dir)
	if !strings.HasPrefix(with, "Words of the tutor:\n  next ") || !strings.Contains(with, "\n  check ") ||
		!strings.Contains(with, "\n  drydock --help ") || strings.Contains(with, "\n  hint ") {
		t.Errorf("with the words next and check:\n%s", with)
	}
	if strings.Contains(without, "tutor") || !strings.Contains(without, "box --list") {
		t.Errorf("without a tutor:\n%s", without)
	}
	for line := range strings.Lines(with) {
		if len(line) > 80 {
			t.Errorf("a line is longer than 79 columns: %s", line)
		}
	}
	_, list, _ := strings.Cut(without, ":\n")
	list, _, _ = strings.Cut(list, "\n\n")
	for _, name := range strings.Fields(list) {
		if !interp.IsBuiltin(name) && name != "[[" {
			t.Errorf("%s is no command of the shell", name)
		}
	}
	if r := run(t, "", "sh", "-c", "help fg"); !strings.Contains(r.out, "foreground") {
		t.Errorf("help fg printed %q", r.out)
	}
}
