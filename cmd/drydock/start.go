package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/world"
	"drydock/lessons"
	"drydock/mini-docker/engine"
	"drydock/mini-docker/sandbox"
)

// startCommand opens a lesson: its labs' trees, its sandbox, its first step.
func startCommand(t *tutor) *cobra.Command {
	var seed uint64
	var step int
	cmd := &cobra.Command{
		Use:   "start [LESSON|LAB]",
		Short: "open a lesson in a sandbox",
		Long: `Opens a lesson in a sandbox of its own: without a name the one you were in, or the
first, or the next where you have read one to its end. With a fix lab, opens a sandbox in which
something is broken; which of several faults it is depends on the seed, by
default one of your own that stays the same.

The code that build labs have you write lies outside of the sandbox, in
~/my-drydock, or in the folder that DRYDOCK_HOME names.`,
		Args: t.startArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			var named *uint64
			if cmd.Flags().Changed("seed") {
				named = &seed
			}
			name, err := t.nameOrOnward(args)
			if err != nil {
				return err
			}
			if step > 0 {
				if err := t.goTo(name, step); err != nil {
					return err
				}
			}
			return t.startAny(cmd.Context(), name, named)
		},
	}
	cmd.Flags().Uint64Var(&seed, "seed", 0, "take the fault that number `N` gives, for a class to have the same")
	cmd.Flags().IntVar(&step, "step", 0, "begin at step `N` of the lesson")
	return cmd
}

func (t *tutor) start(ctx context.Context, l lessons.Lesson) error {
	all, err := labs.Labs()
	if err != nil {
		return err
	}
	of := labsOf(labs.Places(all, l))
	t.prepareTree(ctx, of)
	t.remember(func(s *progress.State) {
		// Who comes back finds themselves where they left.
		s.Open(l.ID, max(1, s.Lesson(l.ID).Step), t.now())
		for _, lab := range of {
			// A fix lab begins with its own sandbox.
			if record := s.Lesson(l.ID).Lab(lab.ID); record.Status == progress.NotStarted && lab.Kind != labs.Fix {
				record.Status = progress.Started
			}
		}
	})
	if err := t.showStep(l); err != nil {
		return err
	}
	t.tellLacks(l, of, t.examine(ctx))
	if !t.isTerminal() {
		t.say("\nTo go on, in a terminal: %s opens the sandbox; %s shows the next step.\n", t.typed("start "+l.ID), t.typed("next"))
		return nil
	}
	return t.open(ctx, l, of, nil)
}

// showStep prints the beat the learner is at, without a pager: the sandbox's
// prompt comes right after it, if there is a terminal.
func (t *tutor) showStep(l lessons.Lesson) error {
	f := readFlags{noPager: true, inside: t.isTerminal()}
	text, err := t.renderBeat(l, f)
	if err != nil {
		return err
	}
	return t.show(text, f)
}

func (t *tutor) isTerminal() bool {
	return t.in != nil && term.IsTerminal(int(t.in.Fd())) && term.IsTerminal(int(t.out.Fd()))
}

// open gives the learner a shell in the lesson's sandbox: in the one that is
// open already, or in a new one, which lives as long as this process. What is
// broken in it is b, if that is not nil.
func (t *tutor) open(ctx context.Context, l lessons.Lesson, of []labs.Lab, b *broken) error {
	// Ctrl-C is for what runs inside.
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), unix.SIGTERM, unix.SIGHUP)
	defer stop()
	control, err := t.control(l.ID)
	if err != nil {
		return err
	}
	if w, err := world.Attach(control); err == nil {
		if b != nil {
			return t.breakOther(ctx, w, b)
		}
		fmt.Fprintln(t.out, "The lesson's sandbox is open already: this is another shell in it.")
		err := t.interact(ctx, w, l.ID, l.ID)
		if err == nil {
			t.say("This shell has ended; the sandbox of %s stays open in the other terminal.\n", l.ID)
		}
		return t.lostRoot(ctx, err, l.ID)
	}
	m, err := t.machine(ctx)
	if err != nil {
		return err
	}
	next := &opening{l.ID, of, b}
	if state := t.state(); b == nil && state.Lesson(l.ID).Step > 1 {
		fmt.Fprintln(t.out, "The sandbox is new: what you made in it in earlier steps is gone.")
	}
	for {
		t.brief(next.broken)
		next, err = t.once(ctx, m, control, *next)
		if err != nil {
			return err
		}
		if next == nil {
			t.say("The sandbox is gone, with all that was in it. To come back: %s\n", t.outside("start "+l.ID))
			return nil
		}
		fmt.Fprintln(t.out, "\nThe sandbox is new.")
	}
}

// opening says what a sandbox is opened for: a lesson, its labs, and the fault of
// one of them or none.
type opening struct {
	lesson string
	labs   []labs.Lab
	broken *broken
}

// once opens a new sandbox and a shell in it, until the shell ends, or until a
// reset throws the sandbox away: then it returns what to open next.
func (t *tutor) once(ctx context.Context, m world.Machine, control string, of opening) (next *opening, err error) {
	reset := make(chan *broken, 1)
	s := &session{lesson: of.lesson, broken: of.broken, restart: func(b *broken) {
		select {
		case reset <- b:
		default: // one that is under way already is enough
		}
	}}
	w, err := m.Open(ctx, world.Options{
		Control: control, Images: engine.Locate("").Root, Published: t.unreached, Serve: t.serve(s),
	})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	t.warnNotLent(w)
	if err := furnish(ctx, w, of.labs, of.broken); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- t.interact(ctx, w, of.lesson, of.name()) }()
	select {
	case err := <-ended:
		return nil, err
	case b := <-reset:
		cancel() // kills the shell; the terminal is then as it was
		<-ended
		return &opening{of.lesson, of.labs, b}, nil
	}
}

// name is what the prompt shows.
func (o opening) name() string {
	if o.broken != nil {
		return o.broken.lab.Name()
	}
	return o.lesson
}

// furnish puts the short names and the labs' materials into a new sandbox, or
// what is broken.
func furnish(ctx context.Context, w *world.World, of []labs.Lab, b *broken) error {
	for _, name := range shortNames {
		link := "ln -s drydock /usr/local/bin/" + name
		if output, exit, err := w.Script(ctx, link); err != nil || exit != 0 {
			return errors.Join(err, fmt.Errorf("naming %s inside: exit status %d: %s", name, exit, output))
		}
	}
	if b != nil {
		return labs.Plant(ctx, w, b.lab, b.seed)
	}
	return labs.Furnish(ctx, w, of)
}

// interact runs a shell on this terminal. name is what its prompt shows.
func (t *tutor) interact(ctx context.Context, w *world.World, lesson, name string) error {
	// A shell that is killed at its prompt leaves the terminal raw.
	if modes, err := term.GetState(int(t.in.Fd())); err == nil {
		defer term.Restore(int(t.in.Fd()), modes)
	}
	// How the learner's last command ended is not how this one does.
	_, err := w.Exec(ctx, sandbox.Command{
		Args: []string{"/bin/sh"}, Dir: "/root",
		Env:   world.Env("DRYDOCK_LESSON="+lesson, "PS1="+prompt(name)),
		Stdin: t.in, Stdout: t.out, Stderr: os.Stderr,
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// prompt says which lesson's sandbox this is, in the words of sh's PS1.
func prompt(lesson string) string {
	if lesson == "" {
		lesson = "sandbox"
	}
	return lesson + ` \w \$ `
}
