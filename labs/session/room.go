package session

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"drydock/labs"
	"drydock/labs/world"
	"drydock/mini-docker/engine/dirs"
	"drydock/mini-docker/sandbox"
)

// Room says what a sandbox is opened for: a lesson, its labs, and the fault of
// one of them or none.
type Room struct {
	Lesson string
	Labs   []labs.Lab
	Broken *Broken

	EngineLater bool // its mini-docker is brought when it is built
	Cluster     bool // with mini-k8s and kubectl in it
	Golang      bool // with the image golang in it
}

// Name is what the prompt shows.
func (r Room) Name() string {
	if r.Broken != nil {
		return r.Broken.Lab.Name()
	}
	return r.Lesson
}

// Host shows a sandbox to the learner.
type Host struct {
	Serve     func(*Session) func(context.Context, sandbox.Request) int // see sandbox.Spec
	Published func(refused error)                                       // see world.Options
	Names     []string                                                  // that drydock has inside beside its own

	// Use has the learner work in it, until they go or ctx ends.
	Use func(ctx context.Context, w *world.World) error
}

// Enter opens a new sandbox and has the learner work in it, until they go, or until a
// reset throws the sandbox away: then it returns what to open next.
func (r Room) Enter(ctx context.Context, m world.Machine, control string, host Host) (next *Room, err error) {
	reset := make(chan *Broken, 1)
	s := &Session{Lesson: r.Lesson, Broken: r.Broken, Restart: restarting(reset)}
	w, err := m.Open(ctx, world.Options{
		EngineLater: r.EngineLater, Cluster: r.Cluster, Golang: r.Golang,
		Control: control, Images: dirs.Locate("").Root, Published: host.Published, Serve: host.Serve(s),
	})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	if err := r.furnish(ctx, w, host.Names); err != nil {
		return nil, err
	}
	b, again, ended := host.work(ctx, w, reset)
	if again {
		r.Broken = b
		return &r, nil
	}
	return nil, ended
}

// Sit is Enter for a fault of an exam. It returns whether the fault is repaired, or
// that a reset wants the sandbox again; ended says how the learner went, and is
// context.DeadlineExceeded where the time was up.
func (s *Seat) Sit(ctx context.Context, m world.Machine, control string, host Host) (repaired, again bool, ended, err error) {
	reset := make(chan *Broken, 1)
	in := &Session{Lesson: s.Lab.Lesson(), Control: control, Broken: &s.Broken, Exam: s, Restart: restarting(reset)}
	w, err := m.Open(ctx, world.Options{Control: control, Serve: host.Serve(in)})
	if err != nil {
		return false, false, nil, err
	}
	defer w.Close()
	room := Room{Lesson: s.Lab.Lesson(), Broken: &s.Broken}
	if err := room.furnish(ctx, w, host.Names); err != nil {
		return false, false, nil, err
	}
	if _, again, ended = host.work(ctx, w, reset); again {
		return false, true, nil, nil
	}
	if ended != nil && !errors.Is(ended, context.DeadlineExceeded) {
		return false, false, nil, ended
	}
	// What was reached counts, also when the time has run out.
	reports, err := labs.JudgeFix(context.WithoutCancel(ctx), s.Lab, w, labs.Said{Seed: s.Seed, Cause: s.Known()})
	if errors.Is(err, sandbox.ErrEnded) {
		err = nil // they have ended process 1 and all with it: nothing is repaired
	}
	return len(reports) > 0 && reports[0].Passed(), false, ended, err
}

// work has the learner work until they go or a reset comes, which kills their shell.
func (h Host) work(ctx context.Context, w *world.World, reset <-chan *Broken) (b *Broken, again bool, ended error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- h.Use(ctx, w) }()
	select {
	case ended = <-done:
		return nil, false, ended
	case b = <-reset:
		cancel() // the terminal is then as it was
		<-done
		return b, true, nil
	}
}

// restarting passes on what a new sandbox is to have in it.
func restarting(reset chan<- *Broken) func(*Broken) {
	return func(b *Broken) {
		select {
		case reset <- b:
		default: // one that is under way already is enough
		}
	}
}

// furnish puts the short names and the labs' materials into a new sandbox, or
// what is broken.
func (r Room) furnish(ctx context.Context, w *world.World, names []string) error {
	link := fmt.Sprintf("for name in %s; do ln -s drydock /usr/local/bin/$name || exit; done", strings.Join(names, " "))
	if output, exit, err := w.Script(ctx, link); err != nil || exit != 0 {
		return errors.Join(err, fmt.Errorf("naming drydock's verbs inside: exit status %d: %s", exit, output))
	}
	if r.Broken != nil {
		return labs.Plant(ctx, w, r.Broken.Lab, r.Broken.Seed)
	}
	return labs.Furnish(ctx, w, r.Labs)
}
