package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"drydock/labs"
	"drydock/labs/session"
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
func shellEnv() []string {
	var words []string
	for _, name := range append([]string{"drydock"}, shortNames...) {
		words = append(words, filepath.Join(filepath.Dir(world.Program), name))
	}
	return []string{"HISTFILE=" + typedFile, "TYPEAHEAD=" + aheadFile, "WORDS=" + strings.Join(words, ":"), "SAYING=predict:answer"}
}

// place is where the learner is in a lesson, as the prompt shows it: in a lab with a
// fault of its own that is its name, as long as they are at its page.
func (t *tutor) place(l lessons.Lesson, b *session.Broken) string {
	state := t.state()
	step := state.Lesson(l.ID).Step
	switch {
	case b != nil && labs.StepOf(l, b.Lab.ID) == step:
		return b.Lab.Name()
	case step > 0:
		return l.ID + ":" + strconv.Itoa(step)
	}
	return l.ID
}

// setTable writes down the place, and has what the learner's part builds on typed
// where the sandbox is new. One with a fault in it is as it has to be.
func (t *tutor) setTable(ctx context.Context, w *world.World, l lessons.Lesson, b *session.Broken, isNew bool) error {
	script := fmt.Sprintf("echo %s >%s\n", t.place(l, b), placeFile)
	state := t.state()
	record := state.Lesson(l.ID)
	if isNew && b == nil && (record.Step > 1 || record.Beat > 0) {
		commands := t.forHere(l).Before(record.Step, record.Beat)
		script += fmt.Sprintf("echo %d >%s\n", record.Step, begunFile)
		if len(commands) == 0 {
			t.say("The sandbox is new; this part needs nothing from before it, and begins anew.\n")
		} else {
			t.say("The sandbox is new. What this part builds on is typed for you:\n")
			commands = append(commands, "again") // by then the part has left the screen
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
		l, err := lessons.Find(t.session.Lesson)
		if err == nil {
			fmt.Fprintln(t.out, t.place(l, t.session.Broken))
		}
		return err
	}}
}

// runCommand prints what run has typed. The drydock inside hands it to the shell.
func runCommand(t *tutor) *cobra.Command {
	return &cobra.Command{
		Use:   "run [BLOCK|setup]",
		Short: "have the commands of this part typed for you",
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
			commands, err := t.forHere(l).ToType(max(1, record.Step), record.Beat, strings.Join(args, ""))
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
	text, code, err := heard(ctx, args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "drydock:", err)
	}
	return text, code
}

// heard is answered for who can do without.
func heard(ctx context.Context, args []string) (text string, code int, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return "", 2, err
	}
	done := make(chan []byte)
	go func() { all, _ := io.ReadAll(r); done <- all }()
	code, err = sandbox.Ask(ctx, sandbox.HostSocket, args, [3]*os.File{os.Stdin, w, os.Stderr})
	w.Close()
	all := <-done
	if err != nil {
		return "", 2, err
	}
	return string(all), code, nil
}

// moveInside goes on, back, or to what start names. Outside is told what was typed
// since the last time, and the prompt where the learner is now.
func moveInside(ctx context.Context, args []string) int {
	text, _ := os.ReadFile(typedFile)
	lines := strings.SplitAfter(string(text), "\n")
	seen, _ := os.ReadFile(seenFile)
	from, _ := strconv.Atoi(strings.TrimSpace(string(seen)))
	if (args[0] == "next" || args[0] == "predict") && len(lines) > 1 {
		const most = 200
		typed := typedFlag + strings.Join(lines[max(0, min(from, len(lines)), len(lines)-most):], "")
		args = slices.Insert(slices.Clone(args), 1, typed) // before the words of predict
	}
	if begun, err := os.ReadFile(begunFile); err == nil && args[0] == "next" {
		args = append(args, "--begun="+strings.TrimSpace(string(begun)))
	}
	code, _ := ask(ctx, args)
	if code == 0 {
		os.WriteFile(seenFile, []byte(strconv.Itoa(len(lines)-1)), 0o600)
		// What start has asked for may be another sandbox: then this one is going.
		if place, code, err := heard(ctx, []string{internalPlace}); code == 0 && err == nil {
			os.WriteFile(placeFile, []byte(place), 0o600)
		}
	}
	return code
}
