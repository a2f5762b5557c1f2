package console

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drydock/lessons"
	"drydock/testscripts/wait"
)

// open starts the shell of the base image, on this machine: what counts here
// is how it reads.
func open(t *testing.T, within time.Duration) *Shell {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "sh"), "drydock/cmd/box")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the shell: %v\n%s", err, text)
	}
	s, err := Open(t.Context(), func(ctx context.Context, in, out *os.File) error {
		cmd := exec.CommandContext(ctx, filepath.Join(dir, "sh"))
		cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, out
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		return cmd.Run()
	}, within)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStateCarriesOnFromCommandToCommand(t *testing.T) {
	s := open(t, wait.Deadline)
	for _, test := range []struct {
		command, output string
		status          int
	}{
		{"cd /proc", "", 0},
		{"pwd", "/proc", 0},
		{"x=5; echo a; echo b >&2", "a\nb", 0},
		{"printf 'no newline'", "no newline", 0},
		{"(exit 3)", "", 3},
		{"echo $?", "3", 0},
		{"cat <<END\nin a\nhere document\nEND", "in a\nhere document", 0},
		{"/no/such/command", "…", 127},
		{"sh", "", 0}, // the next ones reach this second shell
		{"cd /", "", 0},
		{"x=6; echo $x", "6", 0},
		{"exit 4", "", 4},
		{"echo $x; pwd", "5\n/proc", 0},
	} {
		r, err := s.Run(t.Context(), test.command)
		if err != nil {
			t.Fatal(err)
		}
		if !Match(split(test.output), r.Output) || r.Status != test.status {
			t.Errorf("%q: got %q, status %d; want %q, status %d", test.command, r.Output, r.Status, test.output, test.status)
		}
	}
}

func TestACommandThatHangsIsNamed(t *testing.T) {
	// On a slow machine the time is over before the shell has printed anything.
	for within := 300 * time.Millisecond; ; within *= 4 {
		_, err := open(t, within).Run(t.Context(), "echo begun; exec sleep 600")
		if err == nil || !strings.Contains(err.Error(), `"echo begun; exec sleep 600" hung`) || within > wait.Deadline {
			t.Fatalf("got %v", err)
		}
		if strings.Contains(err.Error(), `printed "begun`) {
			return
		}
	}
}

func TestTheShellsEndIsNotATimeout(t *testing.T) {
	s := open(t, wait.Deadline)
	if _, err := s.Run(t.Context(), "exit 1"); err == nil || !strings.Contains(err.Error(), "the shell ended") {
		t.Errorf("got %v", err)
	}
}

func TestRunJudgesOutputAndStatus(t *testing.T) {
	command := func(line int, input string, output ...string) lessons.Command {
		return lessons.Command{Line: line, Input: input, Output: output, Shown: lessons.Span{First: line + 1, Last: line + len(output)}}
	}
	problems, edits, err := Run(t.Context(), open(t, wait.Deadline), []lessons.Console{
		{Commands: []lessons.Command{command(1, "echo right", "right"), command(3, "echo new", "old")}},
		{Skip: "interactive", Commands: []lessons.Command{command(10, "exit 1")}},
		{Fails: true, Commands: []lessons.Command{command(20, "false"), command(21, "false")}},
		{Fails: true, Commands: []lessons.Command{command(30, "true")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
	}
	if len(lines) != 3 || lines[0] != 3 || lines[1] != 20 || lines[2] != 30 {
		t.Errorf("problems in lines %v, want 3 (output), 20 (must not fail), 30 (must fail)", lines)
	}
	if len(edits) != 1 || edits[0].First != 4 || edits[0].With[0] != "new" {
		t.Errorf("got edits %+v, want line 4 to become \"new\"", edits)
	}
}
