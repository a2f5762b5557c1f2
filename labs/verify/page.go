package verify

import (
	"cmp"
	"fmt"
	"strings"

	"drydock/labs"
	"drydock/lessons"
)

// What a lab's page says, for who meets it first there, and how it is called where
// that is not clear from the words.
var (
	toBegin     = "**To begin:** `"
	onEveryPage = []string{toBegin, "--watch`"}
	onBuildPage = "**The Go you need:**"
	called      = map[string]string{toBegin: "what to type first, behind **To begin:**"}
)

// unsaid names what the page of a lab leaves out: how to begin, how to have it looked
// at while one works, and for a build lab what Go it wants, with a place to read it.
func unsaid(l lessons.Lesson, all []labs.Lab) (lines []string) {
	for _, step := range l.Steps {
		var text strings.Builder
		id := ""
		for _, b := range step.Blocks {
			switch b := b.(type) {
			case lessons.Prose:
				text.WriteString(b.Text)
			case lessons.Lab:
				id = b.ID
			}
		}
		lab, err := labs.Pick(all, id)
		if id == "" || err != nil {
			continue
		}
		want := onEveryPage
		if lab.Kind == labs.Build {
			want = append([]string{onBuildPage}, want...)
		}
		for _, words := range want {
			if !strings.Contains(text.String(), words) {
				lines = append(lines, fmt.Sprintf("%s:%d: the page of lab %s lacks %s", l.Path, step.Line, id, cmp.Or(called[words], words)))
			}
		}
	}
	return lines
}
