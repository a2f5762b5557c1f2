package main

import (
	"strings"
	"testing"

	"drydock/labs/source"
)

func TestCodeShowsAWholeDeclarationAndItsPlace(t *testing.T) {
	if _, ok := source.FS(); !ok {
		t.Skip("built without the source")
	}
	l := newLearner(t)
	l.wants("code mini-docker/namespace.ID", "mini-docker/namespace.ID\nmini-docker/namespace/")
	l.wants("code mini-docker/namespace.ID", "\treturn stat.Ino, nil\n}\n")
	for line, want := range map[string]string{
		"code mini-docker/namespace.Id":   "did you mean mini-docker/namespace.ID or",
		"code mini-docker/namespaces.ID":  "did you mean mini-docker/namespace.ID",
		"code ID":                         "is not FOLDER.NAME",
		"code":                            "no lesson is open",
		"code mini-docker/namespace.nada": "no declaration",
	} {
		if _, errs, code := l.types(line); code != 1 || !strings.Contains(errs, want) {
			t.Errorf("%s: got code %d and %q, want %q", line, code, errs, want)
		}
	}
}

func TestCodeAsksBeforeItShowsWhatALabWantsWritten(t *testing.T) {
	if _, ok := source.FS(); !ok {
		t.Skip("built without the source")
	}
	const line = "code mini-docker/rootfs.PivotRoot"
	l := newLearner(t)
	l.wants(line, "func PivotRoot(") // the lab was not begun
	l.wants("hint mounts/pivot-root", "hint 1 of")
	out, errs, code := l.types(line)
	if code != 1 || out != "" || !strings.Contains(errs, "to write PivotRoot is your lab mounts/pivot-root") {
		t.Errorf("in an open lab: got code %d, %q and %q", code, out, errs)
	}
	l.wants(line+" --yes", "func PivotRoot(")
	l.wants(line, "func PivotRoot(") // it was seen
}
