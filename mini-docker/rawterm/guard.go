package rawterm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// guardArg is argv[0] of a guard: how MaybeGuard knows it.
const guardArg = "terminal-guard"

// guardFD is where a guard listens: a pipe whose other end we hold. It ends when
// we do, however that comes about.
//
//	program                      guard
//	   │ ── guard as JSON ────────▶ │  reads on
//	   │ ── dismissal ────────────▶ │  all is well: exits
//	   ┆ or: end of file ─────────▶ │  program died: sets the terminal, exits
const guardFD = 3

// dismissal is the byte that says that the terminal has been put back.
const dismissal = '.'

// guard is a process that puts a terminal back when this one is killed.
type guard struct {
	Cooked, Raw unix.Termios // how the terminal was, and how it is meanwhile

	process *exec.Cmd
	pipe    *os.File
}

// startGuard starts the guard of a terminal that is about to be set to raw.
func startGuard(terminal *os.File, cooked, raw unix.Termios) (*guard, error) {
	theirs, ours, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("opening a pipe to the terminal's guard: %w", err)
	}
	defer theirs.Close()
	g := &guard{Cooked: cooked, Raw: raw, pipe: ours, process: &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{guardArg}, Stdin: terminal,
		ExtraFiles: []*os.File{theirs},
		// In a session of its own no key reaches it, no signal to our process
		// group, and it may set a terminal that is not in its foreground.
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}}
	if err := g.process.Start(); err != nil {
		ours.Close()
		return nil, fmt.Errorf("starting the terminal's guard: %w", err)
	}
	if err := json.NewEncoder(ours).Encode(g); err != nil {
		return nil, errors.Join(fmt.Errorf("telling the terminal's guard what to guard: %w", err), g.dismiss())
	}
	return g, nil
}

// dismiss ends the guard.
func (g *guard) dismiss() error {
	_, err := g.pipe.Write([]byte{dismissal})
	return errors.Join(err, g.pipe.Close(), g.process.Wait())
}

// MaybeGuard turns this program into the guard of a terminal if that is what it
// was started as, and never returns then.
func MaybeGuard() {
	if len(os.Args) == 0 || os.Args[0] != guardArg {
		return
	}
	pipe := os.NewFile(guardFD, "pipe")
	if err := watch(pipe, os.Stdin); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// watch waits for the pipe's end and puts the terminal back, unless a dismissal
// came first.
func watch(pipe io.Reader, terminal *os.File) error {
	var g guard
	decoder := json.NewDecoder(pipe)
	if err := decoder.Decode(&g); err != nil {
		return err
	}
	rest, err := io.ReadAll(io.MultiReader(decoder.Buffered(), pipe))
	if err != nil || len(rest) > 0 && rest[len(rest)-1] == dismissal {
		return err
	}
	// A shell that has noticed already may have set the terminal to its own
	// liking: that is left alone.
	now, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil || *now != g.Raw {
		return err
	}
	return set(terminal, &g.Cooked)
}

// set waits for output to be printed first (TCSETSW), so that nothing is printed by
// other rules than it was written under.
func set(file *os.File, termios *unix.Termios) error {
	if err := unix.IoctlSetTermios(int(file.Fd()), unix.TCSETSW, termios); err != nil {
		return fmt.Errorf("setting the terminal: %w", err)
	}
	return nil
}
