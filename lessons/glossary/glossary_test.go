package glossary

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"drydock/lessons"
)

const words = `# For authors

## zombie, dead child {processes pids}

Nobody has asked.

## OOM kill {processes}

No memory.
`

func parse(t *testing.T, text string) []Term {
	t.Helper()
	terms, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return terms
}

// lesson is one with that prose in its only step.
func lesson(t *testing.T, id, prose string) lessons.Lesson {
	t.Helper()
	l, err := lessons.Parse("lessons/01-"+id+"/lesson.md", []byte("---\nid: "+id+"\ntitle: T\n---\n## One\n\n"+prose+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestTheFileHolds(t *testing.T) {
	terms, err := Terms()
	if err != nil {
		t.Fatal(err)
	}
	all, err := lessons.Lessons()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Check(terms, all) {
		t.Error(p)
	}
	if len(terms) < 60 {
		t.Errorf("%d terms: too few for these lessons", len(terms))
	}
}

func TestATermHasNamesLessonsAndAText(t *testing.T) {
	terms := parse(t, words)
	got := fmt.Sprintf("%+v", terms)
	want := `[{Name:OOM kill Also:[] Lessons:[processes] Text:No memory. Line:7} {Name:zombie Also:[dead child] Lessons:[processes pids] Text:Nobody has asked. Line:3}]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if anchor := terms[0].Anchor(); anchor != "oom-kill" {
		t.Errorf("got the anchor %q", anchor)
	}
	if _, err := Parse("## zombie processes\n"); err == nil || !strings.Contains(err.Error(), Path+":1: ") {
		t.Errorf("a heading without lessons: got %v, want file and line", err)
	}
}

func TestATermIsFoundByAnyOfItsNames(t *testing.T) {
	terms := parse(t, words)
	for _, name := range []string{"zombie", "Zombies", "dead child", "oom kill"} {
		if _, err := Pick(terms, name); err != nil {
			t.Error(err)
		}
	}
	var unknown *NotFoundError
	if _, err := Pick(terms, "zomby"); !errors.As(err, &unknown) || !slices.Contains(unknown.Near, "zombie") {
		t.Errorf("got %v, want a near term", err)
	}
}

func TestATermStandsWhereItIsBoldOrElseWhereItIsFirst(t *testing.T) {
	terms := parse(t, words+"## kill {processes}\n\nTo end.\n\n## /proc {processes}\n\nNotes.\n\n## Service {processes}\n\nAn address.\n")
	for prose, want := range map[string]string{
		"Zombies here, and a **zombie** there.": "zombie: zombie",
		"Zombies here,\nzombie there.":          "zombie: Zombies",
		"`zombie` is a command, a zombie not.":  "zombie: zombie",
		"`zombie -n 2`, [zombie](x).":           "",
		"The OOM kill, then a kill.":            "OOM kill: OOM kill, kill: kill",
		"The `/proc` and `ls /proc/1`.":         "/proc: /proc",
		"a service, the Service":                "Service: Service",
		"mini-zombie":                           "",
	} {
		var got []string
		for _, p := range Places(terms, lesson(t, "processes", prose)) {
			got = append(got, p.Term.Name+": "+p.Block.Text[p.Start:p.End])
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q: got %q, want %q", prose, got, want)
		}
	}
}

func TestWhatIsWrongIsNamedWithFileAndLine(t *testing.T) {
	l := lesson(t, "processes", "A **zombie**, an OOM kill.\nAn **orphan**, and **a whole sentence.** **So it is this.**")
	pids := lesson(t, "pids", "A zombie, an **OOM KILL**.")
	pids.Number = 2
	for text, want := range map[string]string{
		words + "## orphan {processes pids}\n\nAlone.\n":    Path + `:10: "orphan" does not stand in lesson pids`,
		words + "## orphan {procesess}\n\nAlone.\n":         `:10: "orphan": unknown lesson "procesess"`,
		words + "## orphan {processes}\n":                   `"orphan" is not explained`,
		words + "## orphan {}\n\nAlone.\n":                  `"orphan": no lesson explains it`,
		words + "## orphan {pids processes}\n\nAlone.\n":    `lesson processes comes before pids`,
		words + "## orphan, Zombie {processes}\n\nAlone.\n": ` is a name of "orphan" in line 10, too`,
		words: "lessons/01-processes/lesson.md:8: **orphan** is a term that " + Path + " lacks: add `## orphan {processes}`",
	} {
		got := fmt.Sprint(Check(parse(t, text), []lessons.Lesson{l, pids}))
		if !strings.Contains(got, want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if strings.Contains(got, "sentence") {
			t.Errorf("a stressed sentence was taken for a term: %s", got)
		}
	}
}
