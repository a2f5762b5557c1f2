package lessons

import (
	"slices"
	"strings"
	"testing"
)

const typedLesson = "---\nid: x\n---\n## One\n\n<!-- setup\nmkdir /a\n-->\n\ntext\n\n```console\n$ ls -l\n$ cat <<END\n> more\n> END\n```\n\n" +
	"<!-- beat -->\n\nwhy\n\n<!-- beat -->\n\n```console\n$ ps\n```\n\n```console skip=for a person\n$ vi\n```\n"

func TestRunTypesTheCommandsOfAPart(t *testing.T) {
	l, err := Parse("lessons/01-x/lesson.md", []byte(typedLesson))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		beat  int
		which string
		want  []string
	}{
		{0, "", []string{"ls -l", "cat <<END\nmore\nEND"}},
		{1, "", nil}, // the explanation of it: nothing is run twice unasked
		{2, "1", []string{"ps"}},
		{2, "2", nil},
		{2, "3", nil},
		{0, "x", nil},
		{0, "setup", []string{"mkdir /a"}},
	} {
		got, err := l.ToType(1, tt.beat, tt.which)
		if !slices.Equal(got, tt.want) || (err == nil) != (tt.want != nil) {
			t.Errorf("beat %d, %q: got %q, %v, want %q", tt.beat, tt.which, got, err, tt.want)
		}
	}
}

func TestWhoComesBackHasWhatAPartBuildsOn(t *testing.T) {
	l, err := Parse("lessons/01-x/lesson.md", []byte(typedLesson+"\n<!-- beat -->\n\nend\n"))
	if err != nil {
		t.Fatal(err)
	}
	made := []string{"mkdir /a", "ls -l", "cat <<END\nmore\nEND"}
	for _, tt := range []struct {
		beat int
		want []string
	}{
		{0, made[:1]}, {1, made}, {2, made},
		{3, append(made, "ps")}, // what is for a person is not typed for them
		{9, append(made, "ps")},
	} {
		if got := l.Before(1, tt.beat); !slices.Equal(got, tt.want) {
			t.Errorf("beat %d: got %q, want %q", tt.beat, got, tt.want)
		}
	}
}

func TestWhereAMachineLacksSomethingNothingOfItIsTyped(t *testing.T) {
	text := strings.Replace(typedLesson, "```console\n$ ps", "```console anywhere\n$ ps", 1)
	l, err := Parse("lessons/01-x/lesson.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	here := l.Recorded("no cgroups")
	if _, err := here.ToType(1, 0, ""); err == nil || !strings.Contains(err.Error(), "no cgroups") {
		t.Errorf("run where it fails: got %v, want it refused and why", err)
	}
	if got := here.Beats(1)[0].NotRun(""); got != "" {
		t.Errorf("asked for %q, which fails here", got)
	}
	if got, err := here.ToType(1, 2, "1"); err != nil || !slices.Equal(got, []string{"ps"}) {
		t.Errorf("run what works anywhere: got %q, %v", got, err)
	}
	if got := here.Before(1, 3); !slices.Equal(got, []string{"mkdir /a"}) {
		t.Errorf("whoever comes back has typed for them: %q", got)
	}
	if got, err := l.ToType(1, 0, ""); err != nil || len(got) == 0 {
		t.Errorf("the lesson itself has changed: got %q, %v", got, err)
	}
}

func TestNextKnowsWhatWasNotRun(t *testing.T) {
	l, err := Parse("lessons/01-x/lesson.md", []byte(typedLesson))
	if err != nil {
		t.Fatal(err)
	}
	beats := append(l.Beats(1), Beat{Blocks: []Block{Console{Commands: []Command{{Input: "run --rm \\\n  true"}}}}})
	clears := Beat{Blocks: []Block{Console{Commands: []Command{{Input: "rm -f x 2>/dev/null  # of an earlier try"}, {Input: "run x  # now"}}}}}
	beats = append(beats, clears)
	for _, tt := range []struct {
		beat        int
		typed, want string
	}{
		{len(beats) - 1, "", "run x"}, {len(beats) - 1, "run x\n", ""}, {len(beats) - 1, "rm -f x 2>/dev/null\n", ""},
		{0, "", "ls -l"}, {0, "ls\nnext\n", "ls -l"}, {0, "ls   -l\n", ""}, {0, "cat <<END\nmore\nEND\n", ""},
		{0, "ls -l; date\n", ""}, {0, "date && ls -l\n", ""}, {0, "ls -l|wc\n", ""}, {0, "ls -la\n", "ls -l"}, {0, "echo ls -l\n", "ls -l"},
		{len(beats) - 2, "ls\n", "run --rm …"}, {len(beats) - 2, "run --rm \\\n  true\n", ""},
		{1, "", ""}, {2, "", ""}, // a block that is for a person is not asked for
	} {
		if got := beats[tt.beat].NotRun(tt.typed); got != tt.want {
			t.Errorf("beat %d after %q: got %q, want %q", tt.beat, tt.typed, got, tt.want)
		}
	}
}

func TestAPredictionIsForTheQuestionThatWasPassedBy(t *testing.T) {
	asking := Beat{Predict: true, Blocks: []Block{Prose{Text: "why?"}}}
	typing := Beat{Blocks: []Block{Console{}}}
	thought := Beat{Blocks: []Block{Prose{Text: "so"}}}
	beats := []Beat{asking, typing, thought}
	for i, want := range []struct {
		question string
		passed   bool
	}{{"why?", false}, {"why?", true}, {"", false}} {
		if question, passed := Asked(beats, i); question != want.question || question != "" && passed != want.passed {
			t.Errorf("beat %d: got %q, %v, want %v", i, question, passed, want)
		}
	}
}
