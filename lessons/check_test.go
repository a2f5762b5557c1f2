package lessons

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

// good is whole with what Check asks for besides.
var good = strings.NewReplacer(
	"### Second?\n- [x] yes | so\n", "### Second?\n- [x] yes | so\n- [ ] no | not so\n\n### Third?\n- [x] a | b\n- [ ] c | d\n",
	"## How Docker does it\nAlike.\n", "## How Docker does it\nAlike.\n\n## Read next\nA page.\n",
).Replace(whole)

func TestCheckPassesAGoodLesson(t *testing.T) {
	if got := Check(parse(t, good)); len(got) > 0 {
		t.Errorf("got %v, want no problem", got)
	}
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"no minutes", "minutes: 20\n", "", ":1: no minutes"},
		{"too long", "minutes: 20", "minutes: 40", ":5: 40 minutes: at most 35"},
		{"no goals", "goals:\n  - say who process 1 is\n", "", ":1: no goals"},
		{"unknown need", "[userns]", "[root]", ":6: unknown need \"root\""},
		{"folder", "id: pids", "id: pid", ":2: id \"pid\" does not match the folder"},
		{"no picture", "```picture a box", "```text", "no picture"},
		{"picture without text", "```picture a box", "```picture", "has no text for those"},
		{"unknown fence", "```picture a box", "```bash", "unknown fence \"bash\""},
		{"go without an address", "```go mini-docker/namespace.CloneFlags", "```go", "go fence without an address"},
		{"too few questions", "### Third?", "Third?", "2 questions: at least 3"},
		{"no right answer", "- [x] a | b", "- [ ] a | b", "no answer is right"},
		{"no reason", "- [ ] c | d", "- [ ] c", "this answer is not explained"},
		{"one answer", "- [ ] c | d\n", "", "1 answers: a question offers at least two"},
		{"foreign lab", "{pids/reaper}", "{mounts/reaper}", "lab \"mounts/reaper\" is not one of this lesson"},
		{"no teacher", "## For whoever teaches it", "## Something else", "no `## For whoever teaches it`"},
		{"empty teacher", "Slowly.\n", "", "\"For whoever teaches it\" is empty"},
		{"nothing to compare", "## How Docker does it", "## How it goes", "no `## How Docker does it`"},
		{"hype", "Alike.", "Simply alike.", "\"Simply\": say what is so instead"},
		{"empty excerpt", "func CloneFlags() {}\n", "", "this excerpt is empty"},
		{"brace left out", "func CloneFlags() {}", "func CloneFlags() {\n\tif true {\n\t\t// …\n}", "is not Go, as when `// …` takes a closing brace along"},
		{"wide code", "func CloneFlags() {}", "func CloneFlags() {} // " + strings.Repeat("x", 60), "this line has 84 columns, at most 76"},
		{"wide picture", "```picture a box\n", "```picture a box\n" + strings.Repeat("─", 77) + "\n", "this line has 77 columns"},
		{"their process", "Alike.", "Alike, process 104 is the child.", `"process 104" will be another for the learner`},
		{"their namespace", "Alike.", "Alike: `uts:[4026531838]`.", `"uts:[4026531838]" will be another`},
		{"their container", "Alike.", "Alike, in `3f0c9b1d22aa`.", `"3f0c9b1d22aa" will be another`},
		{"eighth step", "## Questions", strings.Repeat("## More\nText.\n\n", 7) + "## Questions", "step 8: at most 7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(good, tt.old, tt.new, 1)
			if text == good {
				t.Fatalf("the lesson does not hold %q", tt.old)
			}
			got := fmt.Sprint(Check(parse(t, text)))
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %s, want a problem with %q", got, tt.want)
			}
		})
	}
}

func TestTheHeadOfAFunctionMayBeLeftOut(t *testing.T) {
	if got := Check(focused(t, "// …\n\treturn nil\n}")); len(got) > 0 {
		t.Errorf("got %v, want no problem", got)
	}
}

func TestHypeIsReportedAtItsLineAndNotInCode(t *testing.T) {
	text := strings.Replace(good, "over two lines.", "over `easy` lines of *Easy Lines* that are easy, **easily**.", 1)
	want := []Problem{
		{"lessons/05-pids/lesson.md", 11, `"easy": say what is so instead`},
		{"lessons/05-pids/lesson.md", 11, `"easily": say what is so instead`},
	}
	if got := Check(parse(t, text)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAQuestionEndsItsBeat(t *testing.T) {
	const complaint = "a question that is to be predicted ends its beat"
	open := strings.Replace(whole, "Which number?", asks+" which number?", 1) // and goes on with the commands
	if got := fmt.Sprint(Check(parse(t, open))); !strings.Contains(got, complaint) {
		t.Errorf("without a mark: got %s", got)
	}
	marked := strings.Replace(open, "which number?\n", "which number?\n\n"+predictMark+"\n", 1)
	if got := fmt.Sprint(Check(parse(t, marked))); strings.Contains(got, complaint) {
		t.Errorf("with a mark: got %s", got)
	}
}

func TestBuiltInLessonsAreComplete(t *testing.T) {
	all, err := Lessons()
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range all {
		for _, p := range Check(l) {
			t.Error(p)
		}
		if i > 0 && all[i-1].Number >= l.Number {
			t.Errorf("%s has number %d after %d", l.Path, l.Number, all[i-1].Number)
		}
	}
}

func TestFindOffersNearNames(t *testing.T) {
	var all []Lesson
	for n, id := range []string{"processes", "chroot", "mounts", "hostname-and-ipc", "pids"} {
		all = append(all, Lesson{ID: id, Number: n + 1})
	}
	tests := []struct{ id, want string }{
		{"chrot", `unknown lesson "chrot": did you mean chroot?`},
		{"mount", `unknown lesson "mount": did you mean mounts?`},
		{"hostname", `unknown lesson "hostname": did you mean hostname-and-ipc?`},
		{"kubernetes", "unknown lesson \"kubernetes\": `drydock lessons` lists them"},
		{"9", "unknown lesson \"9\": `drydock lessons` lists them"},
		{"", "unknown lesson \"\": `drydock lessons` lists them"},
	}
	for _, tt := range tests {
		_, err := Pick(all, tt.id)
		var notFound *NotFoundError
		if !errors.As(err, &notFound) || err.Error() != tt.want {
			t.Errorf("%q: got %v, want %s", tt.id, err, tt.want)
		}
	}
	if l, err := Pick(all, "2"); err != nil || l.ID != "chroot" {
		t.Errorf("by number: got %s, %v, want chroot", l.ID, err)
	}
}

func TestStaleExcerptsAreFoundAndUpdated(t *testing.T) {
	const code = "// CloneFlags is new.\nfunc CloneFlags() {}"
	fsys := fstest.MapFS{"mini-docker/namespace/namespace.go": {Data: []byte("package namespace\n\n" + code + "\n")}}
	l := parse(t, good)
	got := fmt.Sprint(Stale(l, fsys))
	if want := fmt.Sprintf(":%d: this excerpt of mini-docker/namespace.CloneFlags is not the code", lineOf("func Clone")); !strings.Contains(got, want) {
		t.Fatalf("got %s, want %q", got, want)
	}
	updated, err := Update(l, fsys)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(good, "func CloneFlags() {}", code, 1); string(updated) != want {
		t.Errorf("updated: got:\n%s\nwant:\n%s", updated, want)
	}
	if got := Stale(parse(t, string(updated)), fsys); len(got) > 0 {
		t.Errorf("after the update: got %v, want nothing stale", got)
	}

	gone := parse(t, strings.Replace(good, ".CloneFlags", ".CloneFlag", 1))
	if got := fmt.Sprint(Stale(gone, fsys)); !strings.Contains(got, "did you mean mini-docker/namespace.CloneFlags?") {
		t.Errorf("unknown address: got %s, want the near one", got)
	}
	if same, err := Update(gone, fsys); err != nil || string(same) != string(gone.Source) {
		t.Errorf("unknown address: the lesson was changed, or %v", err)
	}
}

// The order is a hash's: this sees that a hash is taken, and that it spreads.
func TestTheRightAnswerStandsAnywhere(t *testing.T) {
	all, err := Lessons()
	if err != nil {
		t.Fatal(err)
	}
	var at [3]int
	asked := 0
	for _, l := range all {
		for _, q := range l.Questions() {
			asked++
			for n, a := range q.Shown() {
				if a.Right && n < len(at) {
					at[n]++
				}
			}
		}
	}
	for n, right := range at {
		if right*6 < asked {
			t.Errorf("of %d questions, %d have a right answer in place %d", asked, right, n+1)
		}
	}
}
