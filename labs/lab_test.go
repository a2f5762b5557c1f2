package labs

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestBuiltInLabsAreComplete(t *testing.T) {
	all, err := Labs()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Pick(all, "processes/parent"); err != nil {
		t.Error(err)
	}
	if _, err := Pick(all, "parent"); err != nil {
		t.Errorf("by its name alone: %v", err)
	}
}

// In an exam start would lead out of it, to the lab with its hints.
func TestTheTaskOfAFixLabNamesNoStart(t *testing.T) {
	all, err := Labs()
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, l := range all {
		if l.Kind != Fix {
			continue
		}
		looked++
		if strings.Contains(l.Task, "drydock start") {
			t.Errorf("%s: the lesson says how to start it, the task is read where it has been", l.ID)
		}
	}
	if looked == 0 {
		t.Error("the world is not alive: there is no fix lab")
	}
}

const complete = `id: part/one
title: One
kind: do
task: reach it
script: testscripts/lab_part_one.txtar
hints: [a]
-- setup.sh --
true
-- solution.sh --
touch /x
-- wrong/nothing.sh --
# want: is not there
true
`

func TestParse(t *testing.T) {
	l, err := Parse("labs/07-part/one.txtar", []byte(complete))
	if err != nil {
		t.Fatal(err)
	}
	if l.Lesson() != "part" || l.Name() != "one" || l.Scripts[0] != "lab_part_one" || l.Setup != "true\n" {
		t.Errorf("got %+v", l)
	}
	if len(l.Wrong) != 1 || l.Wrong[0].Want != "is not there" || l.Wrong[0].Name != "nothing.sh" {
		t.Errorf("got wrong answers %+v", l.Wrong)
	}
}

func TestParseSaysWhatIsAmiss(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"no lesson", "id: part/one", "id: one", "LESSON/NAME"},
		{"another folder", "id: part/one", "id: other/one", "belongs in labs/NN-other/one.txtar"},
		{"unknown kind", "kind: do", "kind: play", "want do, build or fix"},
		{"unknown key", "title: One", "titel: One", "titel"},
		{"no script", "script: testscripts/lab_part_one.txtar\n", "", "script is needed"},
		{"nothing to cut", "kind: do", "kind: build", "cuts at least one"},
		{"no solution", "-- solution.sh --\ntouch /x\n", "", "solution.sh is needed"},
		{"tests without a tree", "kind: do", "kind: do\ntests: [mini-docker/rootfs]", "only a build lab has"},
		{"no want", "# want: is not there\n", "", "want: TEXT"},
		{"no such world", "kind: do\n", "kind: do\nwithout: {somewhere: it rains}\n", "no world is called somewhere"},
		{"no wrong answer", "-- wrong/nothing.sh --\n# want: is not there\ntrue\n", "", "wrong answer is needed"},
		{"a todo that no terminal shows", "hints: [a]\n", "hints: [a]\ntodo: " + strings.Repeat("x", 69) + "\n", "more than 68 characters"},
		{"no hints", "hints: [a]\n", "", "hints are needed"},
		{"a check for faults it has not", "setup.sh", "check.txtar", "only a fix lab has faults"},
		{"a stray file", "setup.sh", "set-up.sh", "set-up.sh: want"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			src := strings.Replace(complete, test.old, test.new, 1)
			_, err := Parse("labs/07-part/one.txtar", []byte(src))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want it to contain %q", err, test.want)
			}
		})
	}
}

func TestPickNamesNearLabs(t *testing.T) {
	all, err := Load(fstest.MapFS{"07-part/one.txtar": {Data: []byte(complete)}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Pick(all, "part/on")
	if err == nil || !strings.Contains(err.Error(), "part/one") {
		t.Errorf("got %v, want part/one named", err)
	}
}

func TestLacking(t *testing.T) {
	text := strings.Replace(complete, "kind: do\n", "kind: do\nwithout: {bystander: it has no name}\n", 1) +
		"-- wrong/not-begun.sh --\n# want: is not there\n# with: part/two\n-- right/other.sh --\ntouch /x\n"
	l, err := Parse("labs/07-part/one.txtar", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := "wrong/another-lab-open wrong/earlier-run wrong/look-without-deed 2 of 3 answers in right/"
	if got := strings.Join(l.Lacking(), " "); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if l.Wrong[1].With != "part/two" {
		t.Errorf("got %+v", l.Wrong[1])
	}
}
