package tree

import (
	"os"
	"strings"
	"testing"
)

func TestADeletedFolderIsPutBackInALineOrTwo(t *testing.T) {
	reference := reference(t)
	file := *reference["mini-docker/root/root.go"]
	for _, name := range strings.Fields("a b c d e f g") {
		reference["notes/"+name+".txt"] = &file
	}
	c := config(t, reference)
	tree := begin(t, c)
	if err := os.RemoveAll(tree.path("notes")); err != nil {
		t.Fatal(err)
	}
	_, notes := open(t, c)
	mustContain(t, "notes", notes, "notes/a.txt, notes/b.txt")
	mustContain(t, "notes", notes, "and 2 more files")
}
