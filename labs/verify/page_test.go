package verify

import (
	"strings"
	"testing"

	"drydock/labs"
	"drydock/lessons"
)

func TestALabsPageSaysWhatToTypeFirst(t *testing.T) {
	all := []labs.Lab{{ID: "pids/reaper", Kind: labs.Do}}
	for text, want := range map[string]string{
		"**To begin:** `ps` shows what is there. `check --watch` looks on.": "",
		"**To begin:** type here. `check --watch` looks on.":                "lacks what to type first, behind **To begin:**",
		"`ps` shows what is there. `check --watch` looks on.":               "lacks what to type first, behind **To begin:**",
		"**To begin:** `ps` shows what is there.":                           "lacks --watch`",
	} {
		l, err := lessons.Parse("lessons/05-pids/lesson.md", []byte("---\nid: pids\ntitle: T\n---\n## Lab: Reap {pids/reaper}\n"+text+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(unsaid(l, all), "\n"); got != want && (want == "" || !strings.HasSuffix(got, want)) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
