package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"drydock/labs/world"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
)

// What the shell in a lesson's sandbox and the drydock there tell one another lies
// beside the socket that leads out.
var (
	placeFile = filepath.Join(filepath.Dir(sandbox.HostSocket), "place")   // where the learner is, for the prompt
	aheadFile = filepath.Join(filepath.Dir(sandbox.HostSocket), "ahead")   // lines to be typed for them
	typedFile = filepath.Join(filepath.Dir(sandbox.HostSocket), "history") // lines they have typed
	seenFile  = filepath.Join(filepath.Dir(sandbox.HostSocket), "seen")    // how many of these the last part saw
)

// shellEnv is what the learner's shell needs to know of these files.
func shellEnv() []string { return []string{"HISTFILE=" + typedFile, "TYPEAHEAD=" + aheadFile} }

// place is where the learner is in a lesson, as the prompt shows it.
func (t *tutor) place(lesson string) string {
	state := t.state()
	if step := state.Lesson(lesson).Step; step > 0 {
		return lesson + ":" + strconv.Itoa(step)
	}
	return lesson
}

// setTable writes down the place, and has the set-up of the learner's step typed
// where the sandbox is new.
func (t *tutor) setTable(ctx context.Context, w *world.World, l lessons.Lesson, isNew bool) error {
	script := fmt.Sprintf("echo %s >%s\n", t.place(l.ID), placeFile)
	state := t.state()
	step := min(state.Lesson(l.ID).Step, len(l.Steps))
	if isNew && step > 1 {
		commands := l.Steps[step-1].SetupCommands()
		if len(commands) == 0 {
			t.say("The sandbox is new; step %d needs nothing of what you made in it before.\n", step)
		} else {
			t.say("The sandbox is new. What step %d builds on is typed for you:\n", step)
			script += fmt.Sprintf("cat >%s <<'the end of what is typed'\n%s\nthe end of what is typed\n", aheadFile, strings.Join(commands, "\n"))
		}
	}
	output, exit, err := w.Script(ctx, script)
	if err == nil && exit != 0 {
		err = fmt.Errorf("preparing the shell: exit status %d: %s", exit, output)
	}
	return err
}

// internalPlace answers the drydock inside, which keeps the prompt true.
const internalPlace = "internal-place"

func internalPlaceCommand(t *tutor) *cobra.Command {
	return &cobra.Command{Use: internalPlace, Hidden: true, Args: noArgs, RunE: func(*cobra.Command, []string) error {
		fmt.Fprintln(t.out, t.place(t.session.Lesson))
		return nil
	}}
}

// runCommand prints what run has typed. The drydock inside hands it to the shell.
func runCommand(t *tutor) *cobra.Command {
	return &cobra.Command{
		Use:   "run [BLOCK|setup]",
		Short: "have the commands of this part typed into your shell, one after the other",
		Long: `Has the commands of the part you are in typed into your shell, one after the
other, as if you had: run 2 those of its second block, run setup what the step
builds on, where that is not there. Ctrl-C ends it.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if t.session == nil {
				return errors.New("run types into the shell of a lesson's sandbox: open one with `drydock start`")
			}
			l, err := t.current()
			if err != nil {
				return err
			}
			state := t.state()
			record := state.Lesson(l.ID)
			commands, err := l.ToType(max(1, record.Step), record.Beat, strings.Join(args, ""))
			if err != nil {
				return err
			}
			fmt.Fprintln(t.out, strings.Join(commands, "\n"))
			return nil
		},
	}
}

// The rest runs in the sandbox.

// runInside has the shell type what run is answered.
func runInside(ctx context.Context, args []string) int {
	commands, code := answered(ctx, args)
	if code != 0 {
		return code
	}
	file := os.Getenv("TYPEAHEAD")
	if file == "" || len(args) > 1 && strings.HasPrefix(args[1], "-") {
		fmt.Print(commands)
		return 0
	}
	if err := os.WriteFile(file, []byte(commands), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, "drydock:", err)
		return 1
	}
	return 0
}

// answered is what the drydock outside prints.
func answered(ctx context.Context, args []string) (text string, code int) {
	r, w, err := os.Pipe()
	if err != nil {
		return "", 1
	}
	done := make(chan []byte)
	go func() { all, _ := io.ReadAll(r); done <- all }()
	code, err = sandbox.Ask(ctx, sandbox.HostSocket, args, [3]*os.File{os.Stdin, w, os.Stderr})
	w.Close()
	all := <-done
	if err != nil {
		fmt.Fprintln(os.Stderr, "drydock:", err)
		return "", 2
	}
	return string(all), code
}

// moveInside goes on or back. Outside is told what was typed since the last time,
// and the prompt where the learner is now.
func moveInside(ctx context.Context, args []string) int {
	text, _ := os.ReadFile(typedFile)
	lines := strings.SplitAfter(string(text), "\n")
	seen, _ := os.ReadFile(seenFile)
	from, _ := strconv.Atoi(strings.TrimSpace(string(seen)))
	if args[0] == "next" && len(lines) > 1 {
		const most = 200
		args = append(args, "--typed="+strings.Join(lines[max(0, min(from, len(lines)), len(lines)-most):], ""))
	}
	code, _ := ask(ctx, args)
	if code == 0 {
		os.WriteFile(seenFile, []byte(strconv.Itoa(len(lines)-1)), 0o600)
		if place, code := answered(ctx, []string{internalPlace}); code == 0 {
			os.WriteFile(placeFile, []byte(place), 0o600)
		}
	}
	return code
}
