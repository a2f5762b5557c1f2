package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/session"
	"drydock/labs/world"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
)

// startCommand opens a lesson: its labs' trees, its sandbox, its first step.
func startCommand(t *tutor) *cobra.Command {
	var seed uint64
	var step int
	cmd := &cobra.Command{
		Use:   "start [LESSON|LAB]",
		Short: "open a lesson in a sandbox",
		Long: `Opens a lesson in a sandbox of its own: without a name the one you were in, or
the first, or the next that is not done where that one is done or read to its
end. With a fix lab, opens a sandbox in which something is broken; which of
several faults it is depends on the seed, by default one of your own that stays
the same.

The code that build labs have you write lies outside of the sandbox, in
~/my-drydock, or in the folder that DRYDOCK_HOME names.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var named *uint64
			if cmd.Flags().Changed("seed") {
				named = &seed
			}
			name, err := t.nameOrOnward(cmd.Context(), args)
			if err != nil {
				return err
			}
			if step > 0 {
				if err := t.goTo(name, step); err != nil {
					return err
				}
			}
			if t.session != nil && len(args) == 0 && name == t.session.Lesson {
				return t.showHere(cmd.Context()) // a fault that is in this sandbox stays
			}
			return t.startAny(cmd.Context(), name, named)
		},
	}
	seedFlag(cmd, &seed, "take the fault that number `N` gives, as a whole class can")
	cmd.Flags().StringArrayVar(&t.meanwhile, "meanwhile", nil, "while the lesson is read, run what builds a program: `PROGRAM=COMMAND`")
	_ = cmd.Flags().MarkHidden("meanwhile") // for make start; fails for an unknown flag only
	cmd.Flags().IntVar(&step, "step", 0, "begin at step `N` of the lesson")
	return cmd
}

func (t *tutor) start(ctx context.Context, l lessons.Lesson) error {
	all, err := labs.Labs()
	if err != nil {
		return err
	}
	places := labs.Places(all, l)
	of := labsOf(places)
	files := t.prepareTree(ctx, of)
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
	done := t.whileWaiting(always("Looking at what this machine can do …"))
	machine := t.examine(ctx)
	done()
	t.look(l, of, machine)
	if err := t.showStep(ctx, l); err != nil {
		return err
	}
	state := t.state()
	t.tellFiles(files, places, state.Lesson(l.ID).Step)
	t.tellLacks(l, machine)
	if !t.isTerminal() {
		t.say("\nTo go on, in a terminal: %s opens the sandbox; %s shows the next step.\n", t.typed("start "+l.ID), t.typed("next"))
		return nil
	}
	return t.open(ctx, l, of, nil)
}

// showHere prints where the learner is, in a sandbox of that lesson.
func (t *tutor) showHere(ctx context.Context) error {
	l, err := t.current()
	if err != nil {
		return err
	}
	return t.showStep(ctx, l)
}

// showStep prints the beat the learner is at, without a pager that would clear it
// away: the sandbox's prompt comes right after it, if there is a terminal.
func (t *tutor) showStep(ctx context.Context, l lessons.Lesson) error {
	text, err := t.renderBeat(l, readFlags{inside: t.isTerminal()})
	if err != nil {
		return err
	}
	return t.leaf(ctx, text)
}

func (t *tutor) isTerminal() bool {
	return t.in != nil && term.IsTerminal(int(t.in.Fd())) && term.IsTerminal(int(t.out.Fd()))
}

// open gives the learner a shell in the lesson's sandbox: in the one that is
// open already, or in a new one, which lives as long as this process. What is
// broken in it is b, if that is not nil.
func (t *tutor) open(ctx context.Context, l lessons.Lesson, of []labs.Lab, b *session.Broken) error {
	// Ctrl-C is for what runs inside.
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), unix.SIGTERM, unix.SIGHUP)
	defer stop()
	control, err := t.learner().Control(l.ID)
	if err != nil {
		return err
	}
	if w, err := world.Attach(control); err == nil {
		return t.another(ctx, w, l, b)
	}
	m, err := t.learner().Machine()
	if err != nil {
		return err
	}
	next := &session.Room{Lesson: l.ID, Labs: of, Broken: b, Cluster: slices.Contains(l.Needs, "cluster"), Golang: t.golangFor(ctx, m, l)}
	building, called := context.WithCancel(ctx)
	defer called()
	awaited := t.buildFor(building, m, next)
	for {
		t.brief(next.Broken)
		host := t.host(next.Lesson, placePrompt)
		host.Use = t.use(l, next.Broken)
		if len(awaited) > 0 {
			host = delivered(host, m, awaited)
		}
		before := next.Broken
		host, opened := t.opening(host)
		next, err = next.Enter(ctx, m, control, host)
		if opened(); err != nil {
			return err
		}
		if next == nil {
			return t.sayGone(ctx, l)
		}
		fmt.Fprintln(t.out)
		if next.Broken == nil && before != nil { // back in the lesson
			if err := t.showStep(ctx, l); err != nil {
				return err
			}
		}
	}
}

// another gives the learner one more shell in a lesson's sandbox that is open.
func (t *tutor) another(ctx context.Context, w *world.World, l lessons.Lesson, b *session.Broken) error {
	if b != nil {
		return t.breakOther(ctx, w, b)
	}
	fmt.Fprintln(t.out, "The lesson's sandbox is open already: this is another shell in it.")
	if err := t.setTable(ctx, w, l, nil, false); err != nil {
		return t.learner().LostRoot(ctx, err, l.ID)
	}
	err := t.interact(ctx, w, l.ID, placePrompt)
	if err == nil {
		t.say("This shell has ended; the sandbox of %s stays open in the other terminal.\n", l.ID)
	}
	return t.learner().LostRoot(ctx, err, l.ID)
}

// use has the learner work in a new sandbox of a lesson, with a fault in it or nil.
func (t *tutor) use(l lessons.Lesson, b *session.Broken) func(context.Context, *world.World) error {
	return func(ctx context.Context, w *world.World) error {
		t.warnNotLent(w)
		if err := t.setTable(ctx, w, l, b, true); err != nil {
			return err
		}
		return t.interact(ctx, w, l.ID, placePrompt)
	}
}

// sayGone says how to go on when the sandbox was left.
func (t *tutor) sayGone(ctx context.Context, l lessons.Lesson) error {
	state := t.state()
	then, err := t.onward(ctx, &state)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("The sandbox is gone, with all that was in it. To come back: %s\n", t.outside("start "+l.ID))
	if then.ID != l.ID {
		text += fmt.Sprintf("You have read %s. Next comes %s: %s\n", l.ID, then.ID, t.outside("start"))
	}
	t.say("%s", text)
	return nil
}

// host shows a sandbox on this terminal. name is what its prompt shows.
func (t *tutor) host(lesson, name string) session.Host {
	return session.Host{
		Serve: t.serve, Published: t.unreached, Names: shortNames,
		Use: func(ctx context.Context, w *world.World) error {
			t.warnNotLent(w)
			return t.interact(ctx, w, lesson, name)
		},
	}
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
		Env:   world.Env(append(shellEnv(), "DRYDOCK_LESSON="+lesson, "PS1="+prompt(name))...),
		Stdin: t.in, Stdout: t.out, Stderr: os.Stderr,
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// placePrompt is the name of a lesson's sandbox in its prompt, with the step.
var placePrompt = `\{` + placeFile + `}`

// prompt says which lesson's sandbox this is, and in how many shells one stands there,
// in the words of sh's PS1.
func prompt(lesson string) string {
	if lesson == "" {
		lesson = "sandbox"
	}
	return lesson + `\L \w \$ `
}
