package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"drydock/labs"
	"drydock/labs/proof"
	"drydock/labs/world"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
	"drydock/testscripts"
)

func TestMain(m *testing.M) {
	sandbox.MaybeInit()
	os.Exit(m.Run())
}

// proofs verifies one lesson of the little module in dir and returns what was
// tried, by name.
func proofs(t *testing.T, dir, id string, update bool) (map[string]Proof, error) {
	t.Helper()
	return proofsWith(t, Options{Module: dir, Machine: machine(t), Update: update}, id)
}

// proofsWith is proofs with options that say more than the folder.
func proofsWith(t *testing.T, o Options, id string) (map[string]Proof, error) {
	t.Helper()
	made := map[string]Proof{}
	o = one(t, o, id)
	o.Tell = func(p Proof) { made[p.What] = p }
	return made, Run(t.Context(), o)
}

// one adds to the options one lesson of the little module, and its labs.
func one(t *testing.T, o Options, id string) Options {
	t.Helper()
	dir := o.Module
	o.Jobs, o.Scripts = 2, testscripts.LoadFrom(os.DirFS(filepath.Join(dir, "testscripts")))
	all, err := lessons.Load(os.DirFS(filepath.Join(dir, "lessons")))
	if err != nil {
		t.Fatal(err)
	}
	l, err := lessons.Pick(all, id)
	if err != nil {
		t.Fatal(err)
	}
	o.Lessons = []lessons.Lesson{l}
	if o.Labs, err = labs.Load(os.DirFS(filepath.Join(dir, "labs"))); err != nil {
		t.Fatal(err)
	}
	return o
}

// built makes the programs of the sandboxes, once for all tests, unless DRYDOCK_BIN
// names a folder that has them.
var built = sync.OnceValue(func() error {
	if os.Getenv("DRYDOCK_BIN") != "" {
		return nil
	}
	build := exec.Command("make", "-s", "build")
	build.Dir = "../.."
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("make build: %w\n%s", err, text)
	}
	return nil
})

// machine makes sandboxes with a drydock that is built for the test.
func machine(t *testing.T) world.Machine {
	t.Helper()
	if err := built(); err != nil {
		t.Fatal(err)
	}
	m, err := world.Prepare(t.TempDir(), cmp.Or(os.Getenv("DRYDOCK_BIN"), filepath.Join("..", "..", "bin")))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAGoodLessonIsProven(t *testing.T) {
	dir, err := filepath.Abs("testdata/module")
	if err != nil {
		t.Fatal(err)
	}
	store, err := proof.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Module: dir, Machine: machine(t), Proofs: store}
	made, err := proofsWith(t, o, "good")
	for what, p := range made {
		if p.Problem != "" || p.Skipped != "" {
			t.Errorf("%s: %s%s", what, p.Problem, p.Skipped)
		}
	}
	if err != nil {
		t.Error(err)
	}
	mutants := 0
	for what := range made {
		if strings.Contains(what, "without line") {
			mutants++
		}
	}
	if _, ok := starting(made, "lab good/file: it is without wrong/another-lab-open: there is no other"); !ok {
		t.Errorf("why a lab lacks a world is not told: %v", names(made))
	}
	if len(made) < 12 || mutants < 2 {
		t.Errorf("only %d proofs, %d of them mutants", len(made), mutants)
	}
	again, err := proofsWith(t, o, "good")
	for what, p := range again {
		if p.Remembered == looks(what) || made[what].Remembered {
			t.Errorf("%s: at first remembered: %v, then: %v", what, made[what].Remembered, p.Remembered)
		}
	}
	if err != nil || len(again) != len(made) {
		t.Errorf("again: got %d proofs and %v, want %d", len(again), err, len(made))
	}
}

func TestEveryKindOfFaultIsFound(t *testing.T) {
	dir, err := filepath.Abs("testdata/module")
	if err != nil {
		t.Fatal(err)
	}
	made, err := proofs(t, dir, "bad", false)
	if !errors.Is(err, ErrUnproven) {
		t.Errorf("got error %v, want %v", err, ErrUnproven)
	}
	for what, want := range map[string]string{
		"excerpts are the code":                                 "is not the code any more",
		"terms are in the glossary":                             `"nowhere"`,
		"console blocks print what they show":                   `"echo new" prints`,
		"each step begins where its set-up leads":               "lesson.md:33: a new sandbox is not what this step needs",
		"lab bad/easy: the empty world fails":                   "it passes",
		"lab bad/easy: wrong/nothing.sh fails as it should":     "it passes",
		"lab bad/weak: the empty world fails":                   "it passes",
		"lab bad/weak: wrong/quiet.go fails as it should":       "it passes",
		"lab bad/weak: wrong/panics.go fails as it should":      "nowhere says",
		"lab bad/weak: without line 10 of greeting/greeting.go": "it passes",
		"lab bad/weak: the untouched starter fails":             "",
		"lab bad/weak: the solution passes":                     "",
		"lab bad/easy: the solution passes":                     "",
		"lab bad/easy: it has a wrong answer for each world":    "lacks wrong/not-begun, wrong/another-lab-open, wrong/bystander, wrong/earlier-run, wrong/look-without-deed, 3 of 3 answers in right/",
	} {
		p, ok := starting(made, what)
		if !ok {
			t.Errorf("%s was not tried; tried were %v", what, names(made))
		} else if !strings.Contains(p.Problem, want) || want == "" && p.Problem != "" {
			t.Errorf("%s: got problem %q, want %q in it", what, p.Problem, want)
		}
	}
	if p := made["console blocks print what they show"].Problem; !strings.Contains(p, `"false" ended with status 1`) ||
		!strings.Contains(p, `"true" ended with status 0 in a block that is marked`) {
		t.Errorf("exit statuses are not judged: %s", p)
	}
	if p := made["each step begins where its set-up leads"].Problem; strings.Count(p, "a new sandbox is not") != 1 {
		t.Errorf("a step with a set-up does not begin there: %s", p)
	}
}

func TestALessonDoesNotPrintWhatItsLabWantsWritten(t *testing.T) {
	l, err := lessons.Parse("lessons/01-good/lesson.md", []byte("---\nid: good\n---\n## Lab: A {good/a}\n\n```go greeting.Of\n```\n"))
	if err != nil {
		t.Fatal(err)
	}
	lab := labs.Lab{ID: "good/a", Cut: []string{"greeting.Of"}}
	if got := missing(l, []labs.Lab{lab}); !strings.Contains(got, "lesson.md:6: lab good/a has the learner write greeting.Of") {
		t.Errorf("got %q", got)
	}
	lab.Cut[0] = "greeting.Other"
	if got := missing(l, []labs.Lab{lab}); strings.Contains(got, "greeting.Other") {
		t.Errorf("another declaration: got %q", got)
	}
}

func TestTheTextAloneNeedsNoMachine(t *testing.T) {
	made, err := proofsWith(t, Options{Module: "testdata/module", Text: true}, "bad")
	if !errors.Is(err, ErrUnproven) || len(made) != 3 {
		t.Errorf("got %v and %v, want three proofs, of which two fail", err, names(made))
	}
}

func TestUpdateMendsWhatAProgramCanMend(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/module")); err != nil {
		t.Fatal(err)
	}
	made, err := proofs(t, dir, "bad", true)
	if !errors.Is(err, ErrUnproven) {
		t.Errorf("got error %v, want %v", err, ErrUnproven)
	}
	p := made["is brought up to date"]
	if strings.Contains(p.Problem, "echo new") || !strings.Contains(p.Problem, `"false" ended with status 1`) {
		t.Errorf("what is left is %q", p.Problem)
	}
	text, err := os.ReadFile(filepath.Join(dir, "lessons/02-bad/lesson.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"$ echo new\nnew\n$ false", "text = strings.ToUpper(text)"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the lesson has no %q:\n%s", want, text)
		}
	}
}

func TestCalledOffVerifyStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	v := &verifier{Options: Options{Jobs: 2, Tell: func(Proof) {}}}
	started := make(chan struct{}, 2)
	wait := func(ctx context.Context) (string, error) {
		started <- struct{}{}
		<-ctx.Done()
		return "", ctx.Err()
	}
	ended := make(chan error)
	go func() {
		ended <- v.all(ctx, []task{{what: "a", run: wait}, {what: "b", run: wait}, {what: "c", run: wait}})
	}()
	<-started
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// starting finds the proof whose name begins with what.
func starting(made map[string]Proof, what string) (Proof, bool) {
	for name, p := range made {
		if strings.HasPrefix(name, what) {
			return p, true
		}
	}
	return Proof{}, false
}

func names(made map[string]Proof) []string {
	var all []string
	for name := range made {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func TestTasksOfALessonAreSpread(t *testing.T) {
	var got string
	for _, each := range spread([]task{{lesson: "a", what: "1"}, {lesson: "a", what: "2"}, {lesson: "a", what: "3"}, {lesson: "b", what: "4"}}) {
		got += each.what
	}
	if got != "1243" && got != "1423" {
		t.Errorf("got the order %s, want b's in the middle of a's", got)
	}
}
