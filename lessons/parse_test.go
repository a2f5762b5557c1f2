package lessons

import (
	"reflect"
	"strings"
	"testing"
)

// whole is a lesson with one block of each kind; the tests count its lines.
const whole = `---
id: pids
title: A process tree of your own
summary: Be number one.
minutes: 20
needs: [userns]
goals:
  - say who process 1 is
---
Introduction
over two lines.

## See yourself

Which number?

` + "```console" + `
$ echo $$
1
$ cat <<END
> two lines
> END
two lines
$ true
` + "```" + `

` + "```go mini-docker/namespace.CloneFlags" + `
func CloneFlags() {}
` + "```" + `

` + "```picture a box" + `
+--+
` + "```" + `

## Lab: Reap them {pids/reaper}

Do it.

## Questions

### Who reaps ` + "`a | b`" + `?

Think of both.

- [x] process 1, for ` + "`a | b`" + ` | because the kernel
  gives orphans to it
- [ ] nobody | they would stay for ever

### Second?
- [x] yes | so

## How Docker does it
Alike.

## For whoever teaches it
Slowly.
`

func parse(t *testing.T, text string) Lesson {
	t.Helper()
	l, err := Parse("lessons/05-pids/lesson.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestParseFrontMatterAndSteps(t *testing.T) {
	l := parse(t, whole)
	if l.ID != "pids" || l.Number != 5 || l.Minutes != 20 || len(l.Goals) != 1 || l.Needs[0] != "userns" {
		t.Errorf("front matter: got %+v", l)
	}
	var got []string
	for _, s := range l.Steps {
		got = append(got, s.Title)
	}
	want := []string{"See yourself", "Reap them", "Questions", "How Docker does it"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("steps: got %q, want %q", got, want)
	}
	if l.Teacher == nil || l.Teacher.Line != lineOf("## For whoever") {
		t.Errorf("teacher's section: got %+v", l.Teacher)
	}
	wantIntro := Prose{Span{10, 11}, "Introduction\nover two lines."}
	if !reflect.DeepEqual(l.Intro, []Block{wantIntro}) {
		t.Errorf("intro: got %+v, want %+v", l.Intro, wantIntro)
	}
}

// lineOf returns the line of whole that starts with text.
func lineOf(text string) int {
	before, _, _ := strings.Cut("\n"+whole, "\n"+text)
	return strings.Count(before, "\n") + 1
}

func TestParseConsoleKeepsLines(t *testing.T) {
	got := parse(t, whole).Consoles()[0]
	first := lineOf("$ echo")
	want := []Command{
		{Line: first, Input: "echo $$", Output: []string{"1"}, Shown: Span{first + 1, first + 1}},
		{Line: first + 2, Input: "cat <<END\ntwo lines\nEND", Output: []string{"two lines"}, Shown: Span{first + 5, first + 5}},
		{Line: first + 6, Input: "true", Shown: Span{first + 7, first + 6}},
	}
	if !reflect.DeepEqual(got.Commands, want) {
		t.Errorf("got  %+v\nwant %+v", got.Commands, want)
	}
	if want := (Span{first - 1, first + 7}); got.Span != want {
		t.Errorf("span: got %v, want %v", got.Span, want)
	}
}

func TestParseExcerptPictureAndLab(t *testing.T) {
	l := parse(t, whole)
	line := lineOf("```go")
	wantExcerpt := Excerpt{Span{line, line + 2}, "mini-docker/namespace.CloneFlags", "func CloneFlags() {}", Span{line + 1, line + 1}}
	if got := l.Excerpts(); len(got) != 1 || got[0] != wantExcerpt {
		t.Errorf("excerpt: got %+v, want %+v", got, wantExcerpt)
	}
	line = lineOf("```picture")
	wantPicture := Picture{Span{line, line + 2}, "a box", "+--+"}
	if got := l.Steps[0].Blocks[3]; got != Block(wantPicture) {
		t.Errorf("picture: got %+v, want %+v", got, wantPicture)
	}
	line = lineOf("## Lab")
	if got, want := l.Labs()[0], (Lab{Span{line, line}, "pids/reaper", "Reap them"}); got != want {
		t.Errorf("lab: got %+v, want %+v", got, want)
	}
}

func TestParseQuestions(t *testing.T) {
	got := parse(t, whole).Questions()
	line := lineOf("### Who")
	want := Question{
		Span: Span{line, line + 6},
		Text: "Who reaps `a | b`?\n\nThink of both.",
		Answers: []Answer{
			{line + 4, "process 1, for `a | b`", "because the kernel gives orphans to it", true},
			{line + 6, "nobody", "they would stay for ever", false},
		},
	}
	if len(got) != 2 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseReportsTheLine(t *testing.T) {
	front := "---\nid: pids\n---\n"
	tests := []struct{ name, text, want string }{
		{"no front matter", "# Pids\n", ":1: a lesson opens with front matter"},
		{"endless front matter", "---\nid: pids\n", ":1: the front matter never ends"},
		{"misspelt key", "---\nid: pids\nminuts: 3\n---\n", "line 3: field minuts not found"},
		{"open fence", front + "text\n\n```console\n$ ls\n", ":6: this fence never closes"},
		{"output before a command", front + "```console\nhello\n```\n", ":5: a console block starts with what is typed"},
		{"console option", front + "```console quick\n$ ls\n```\n", ":4: unknown console option \"quick\""},
		{"lab without an id", front + "## Lab: Reap\n", ":4: a lab's heading reads"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("lessons/05-pids/lesson.md", []byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestConsoleOptions(t *testing.T) {
	fails := parse(t, "---\nid: pids\n---\n```console fails\n$ false\n```\n").Consoles()[0]
	skip := parse(t, "---\nid: pids\n---\n```console skip=it waits for a key\n$ top\n```\n").Consoles()[0]
	if !fails.Fails || skip.Fails || skip.Skip != "it waits for a key" {
		t.Errorf("got %+v and %+v", fails, skip)
	}
}

func TestRewriteTouchesOnlyItsLines(t *testing.T) {
	l := parse(t, whole)
	cmds := l.Consoles()[0].Commands
	got, err := Rewrite(l.Source, []Edit{
		{cmds[2].Shown, []string{"new", "lines"}}, // nothing was shown before
		{cmds[0].Shown, []string{"2"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(whole, "$ echo $$\n1\n", "$ echo $$\n2\n", 1)
	want = strings.Replace(want, "$ true\n", "$ true\nnew\nlines\n", 1)
	if string(got) != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if _, err := Rewrite(l.Source, []Edit{{Span{3, 4}, nil}, {Span{4, 5}, nil}}); err == nil {
		t.Error("edits that overlap were applied")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(whole)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Parse("lessons/05-pids/lesson.md", []byte(text))
		if err != nil {
			return
		}
		Check(l)
		for _, c := range l.Consoles() {
			for _, cmd := range c.Commands {
				if _, err := Rewrite(l.Source, []Edit{{cmd.Shown, cmd.Output}}); err != nil {
					t.Errorf("putting back what is shown: %v", err)
				}
			}
		}
	})
}

func TestAStepsSetUpIsNoPartOfItsText(t *testing.T) {
	src := "---\nid: x\n---\nintro\n\n## One\n\n<!-- setup\nmkdir -p /jail\necho a \\\n  b\n-->\n\ntext\n"
	l, err := Parse("lessons/01-x/lesson.md", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	step := l.Steps[0]
	if got := step.SetupCommands(); len(got) != 2 || got[0] != "mkdir -p /jail" || got[1] != "echo a \\\n  b" {
		t.Errorf("got set-up %q", got)
	}
	if p, ok := step.Blocks[0].(Prose); len(step.Blocks) != 1 || !ok || p.Text != "text" {
		t.Errorf("got blocks %+v, want the text alone", step.Blocks)
	}
	if _, err := Parse("lessons/01-x/lesson.md", []byte("---\nid: x\n---\n## One\n<!-- setup\nmkdir\n")); err == nil {
		t.Error("a set-up that never ends: got no error")
	}
}
