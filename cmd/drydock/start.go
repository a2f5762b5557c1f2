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
	"drydock/mini-docker/sandbox"
)

// startCommand opens a lesson: its labs' trees, its sandbox, its first step.
func startCommand(t *tutor) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "start LESSON",
		Short: "open a lesson in a sandbox",
		Args:  oneArg("lesson"),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := lessons.Find(args[0])
			if err != nil {
				return err
			}
			return t.start(cmd.Context(), l)
		},
	}
	return cmd
}

func (t *tutor) start(ctx context.Context, l lessons.Lesson) error {
	all, err := labs.Labs()
	if err != nil {
		return err
	}
	of := labs.Of(all, l.ID)
	t.prepareTree(ctx, of)
	t.remember(func(s *progress.State) {
		// Who comes back finds themselves where they left.
		s.Open(l.ID, max(1, s.Lesson(l.ID).Step), t.now())
		for _, lab := range of {
			if record := s.Lesson(l.ID).Lab(lab.ID); record.Status == progress.NotStarted {
				record.Status = progress.Started
			}
		}
	})
	if err := t.showStep(l); err != nil {
		return err
	}
	if !t.isTerminal() {
		fmt.Fprintf(t.out, "\nTo go on, in a terminal: drydock start %[1]s opens the sandbox; drydock next shows the next step.\n", l.ID)
		return nil
	}
	return t.open(ctx, l, of)
}

// showStep prints the step the learner is at, without a pager: the prompt comes
// right after it.
func (t *tutor) showStep(l lessons.Lesson) error {
	state := t.state()
	f := readFlags{step: max(1, state.Lesson(l.ID).Step), noPager: true}
	text, err := t.render(l, f)
	if err != nil {
		return err
	}
	return t.show(text, f)
}

func (t *tutor) isTerminal() bool {
	return t.in != nil && term.IsTerminal(int(t.in.Fd())) && term.IsTerminal(int(t.out.Fd()))
}

// open gives the learner a shell in the lesson's sandbox: in the one that is
// open already, or in a new one, which lives as long as this process.
func (t *tutor) open(ctx context.Context, l lessons.Lesson, of []labs.Lab) error {
	// Ctrl-C is for what runs inside.
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), unix.SIGTERM, unix.SIGHUP)
	defer stop()
	control, err := t.control(l.ID)
	if err != nil {
		return err
	}
	if w, err := world.Attach(control); err == nil {
		fmt.Fprintln(t.out, "The lesson's sandbox is open already: this is another shell in it.")
		return t.interact(ctx, w, l.ID)
	}
	m, err := t.machine(ctx)
	if err != nil {
		return err
	}
	for {
		again, err := t.once(ctx, m, control, l.ID, of)
		if err != nil || !again {
			return err
		}
		fmt.Fprintln(t.out, "\nThe sandbox is new.")
	}
}

// once opens a new sandbox and a shell in it, until the shell ends, or until a
// reset throws the sandbox away: then it returns again.
func (t *tutor) once(ctx context.Context, m world.Machine, control, lesson string, of []labs.Lab) (again bool, err error) {
	reset := make(chan struct{}, 1)
	s := &session{lesson: lesson, restart: func() {
		select {
		case reset <- struct{}{}:
		default: // one that is under way already is enough
		}
	}}
	w, err := m.Open(ctx, world.Options{Control: control, Serve: t.serve(s)})
	if err != nil {
		return false, err
	}
	defer w.Close()
	if err := furnish(ctx, w, of); err != nil {
		return false, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- t.interact(ctx, w, lesson) }()
	select {
	case err := <-ended:
		return false, err
	case <-reset:
		cancel() // kills the shell; the terminal is then as it was
		<-ended
		return true, nil
	}
}

// furnish puts the short names and the labs' materials into a new sandbox.
func furnish(ctx context.Context, w *world.World, of []labs.Lab) error {
	for _, name := range shortNames {
		link := "ln -s drydock /usr/local/bin/" + name
		if output, exit, err := w.Script(ctx, link); err != nil || exit != 0 {
			return errors.Join(err, fmt.Errorf("naming %s inside: exit status %d: %s", name, exit, output))
		}
	}
	return labs.Furnish(ctx, w, of)
}

// interact runs a shell on this terminal.
func (t *tutor) interact(ctx context.Context, w *world.World, lesson string) error {
	// How the learner's last command ended is not how this one does.
	_, err := w.Exec(ctx, sandbox.Command{
		Args: []string{"/bin/sh"}, Dir: "/root",
		Env:   world.Env("DRYDOCK_LESSON="+lesson, "PS1="+prompt(lesson)),
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
