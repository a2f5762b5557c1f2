// Package verify proves that lessons tell the truth and that labs' checks can
// fail. It is for authors and for CI, behind `drydock verify`.
//
// For a lesson: no lint problem, no excerpt that differs from the code, and
// every console block prints what it shows. For each of its labs:
//
//   - in an empty world the check fails;
//   - with the untouched starter the check fails;
//   - with each wrong answer it fails, with the words the answer wants;
//   - with the solution, and with each other right answer, it passes;
//   - with `mutate: true`, without any one statement of the cut code it fails.
//
// For each fault of a fix lab:
//
//   - a sandbox without the fault does not count as solved;
//   - with it the check fails, with the words that the fault has for it;
//   - with the repair it passes, and fails as long as the cause was not said;
//   - with each wrong repair it fails;
//   - typed causes are judged as the author wants.
//
// Each of these is a [Proof]. They run in sandboxes of their own, several at
// once; when the context ends all of them are closed. What was proven is not
// proven again as long as nothing changed that it depends on: see inputs.go.
package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"drydock/labs"
	"drydock/labs/proof"
	"drydock/labs/world"
	"drydock/lessons"
	"drydock/testscripts"
)

// Options say what to verify with.
type Options struct {
	Module  string // the module's root: code, lessons and what labs cut
	Machine world.Machine
	Lessons []lessons.Lesson
	Labs    []labs.Lab // those of other lessons are left out
	Scripts testscripts.Loader
	Text    bool // what needs no sandbox alone: the lessons' own text
	Update  bool // rewrite stale excerpts and output in lesson.md
	Jobs    int  // how many proofs at once

	// Proofs remembers what held, and knows it the next time; nil remembers
	// nothing. Fresh has everything proven anew.
	Proofs *proof.Store
	Fresh  bool

	Tell func(Proof)
}

// A Proof is one thing that was tried.
type Proof struct {
	Lesson  string
	What    string // e.g. `lab pids/reaper: wrong/no-loop.go fails`
	Took    time.Duration
	Problem string // what is wrong; "" = proven
	Skipped string // why it could not be tried on this machine

	Remembered bool // it held before, with the same inputs
}

// ErrUnproven says that at least one proof has a problem.
var ErrUnproven = errors.New("not everything is proven")

// task is a proof to be made. It returns the problem, or a skipped.
type task struct {
	lesson, what string
	run          func(context.Context) (problem string, err error)
	inputs       inputs // what it depends on; nil: it is cheap, and never remembered
}

// skipped is the error of a task that this machine cannot do.
type skipped struct{ reason string }

func (s skipped) Error() string { return s.reason }

// Run makes all proofs. The error is ErrUnproven, or what kept it from trying.
func Run(ctx context.Context, o Options) error {
	v := &verifier{Options: o, module: os.DirFS(o.Module)}
	if o.Proofs != nil {
		v.facts = facts(ctx, o.Machine.Scratch)
	}
	scratch, err := os.MkdirTemp("", "drydock-verify-")
	if err != nil {
		return fmt.Errorf("verifying: %w", err)
	}
	defer os.RemoveAll(scratch)
	v.scratch = scratch
	tasks, err := v.tasks(ctx)
	if err != nil {
		return err
	}
	return v.all(ctx, spread(tasks))
}

// tasks are the proofs that are to be made, lesson by lesson.
func (v *verifier) tasks(ctx context.Context) ([]task, error) {
	var tasks []task
	for _, l := range v.Lessons {
		tasks = append(tasks, v.lessonTasks(l)...)
		if v.Text {
			continue
		}
		for _, lab := range labs.Of(v.Labs, l.ID) {
			more, err := v.labTasks(ctx, lab)
			if err != nil {
				return nil, fmt.Errorf("verifying lab %s: %w", lab.ID, err)
			}
			tasks = append(tasks, more...)
		}
	}
	return tasks, nil
}

// spread deals each lesson's tasks evenly over the whole run. Those of one lab
// often wait for the same thing to happen or not; beside one another they would
// leave the processors idle.
func spread(tasks []task) []task {
	total, seen, place := map[string]int{}, map[string]int{}, map[string]float64{}
	for _, t := range tasks {
		total[t.lesson]++
	}
	for _, t := range tasks {
		seen[t.lesson]++
		place[t.lesson+t.what] = float64(seen[t.lesson]) / float64(total[t.lesson]+1)
	}
	slices.SortStableFunc(tasks, func(a, b task) int {
		return cmp.Compare(place[a.lesson+a.what], place[b.lesson+b.what])
	})
	return tasks
}

// verifier is one run.
type verifier struct {
	Options
	module  fs.FS
	scratch string // for what it builds
	facts   string // about this machine

	known sync.Map // by name: what several proofs depend on, computed once
}

// all makes the proofs, Jobs of them at once, and tells each as it is made.
func (v *verifier) all(ctx context.Context, tasks []task) error {
	queue := make(chan task)
	var workers sync.WaitGroup
	var mu sync.Mutex
	unproven := false
	var broken error
	for range max(1, v.Jobs) {
		workers.Go(func() {
			for t := range queue {
				p, err := v.prove(ctx, t)
				mu.Lock()
				unproven = unproven || p.Problem != ""
				broken = errors.Join(broken, err)
				if ctx.Err() == nil {
					v.Tell(p)
				}
				mu.Unlock()
			}
		})
	}
	for _, t := range tasks {
		select {
		case queue <- t:
		case <-ctx.Done():
		}
	}
	close(queue)
	workers.Wait()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case unproven:
		return errors.Join(ErrUnproven, broken)
	}
	return broken
}

// prove makes a proof, unless it is remembered. The error says that it could not
// be noted.
func (v *verifier) prove(ctx context.Context, t task) (Proof, error) {
	begun := time.Now()
	p := Proof{Lesson: t.lesson, What: t.what}
	key, ok := v.key(ctx, t)
	if ok && !v.Fresh && v.Proofs.Holds(key) {
		p.Remembered = true
		return p, nil
	}
	problem, err := t.run(ctx)
	var skip skipped
	switch {
	case errors.As(err, &skip):
		p.Skipped = skip.reason
	case err != nil:
		p.Problem = err.Error()
	default:
		p.Problem = problem
	}
	p.Took = time.Since(begun)
	if !ok || p.Problem != "" || p.Skipped != "" {
		return p, nil
	}
	return p, v.Proofs.Remember(key, t.lesson+": "+t.what)
}

// missing lists the labs that a lesson places and that do not exist, and those
// that exist and are placed nowhere.
func missing(l lessons.Lesson, all []labs.Lab) string {
	var lines []string
	var placed []string
	for _, p := range l.Labs() {
		placed = append(placed, p.ID)
		if _, err := labs.Pick(all, p.ID); err != nil {
			lines = append(lines, fmt.Sprintf("%s:%d: %v", l.Path, p.First, err))
		}
	}
	for _, lab := range labs.Of(all, l.ID) {
		if !slices.Contains(placed, lab.ID) {
			lines = append(lines, fmt.Sprintf("%s: no lesson places this lab", lab.Path))
		}
		for _, e := range l.Excerpts() {
			if slices.Contains(lab.Cut, e.Address) {
				lines = append(lines, fmt.Sprintf("%s:%d: lab %s has the learner write %s, so its lesson does not print it", l.Path, e.First, lab.ID, e.Address))
			}
		}
	}
	return strings.Join(append(lines, unsaid(l, all)...), "\n")
}
