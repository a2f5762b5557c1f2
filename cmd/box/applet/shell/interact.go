package shell

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/shell/line"
	"drydock/cmd/box/applet/shell/rewrite"
)

// keyboard is the terminal of an interactive shell, and what Ctrl-C on it
// stops.
type keyboard struct {
	fd     int
	cooked *term.State // as the terminal was found, and is left
	editor *line.Editor

	mu     sync.Mutex
	cancel context.CancelFunc // of the commands that run; nil between them
}

// depth is the variable that counts the shells a person has opened, one in another, as
// in bash.
const depth = "SHLVL"

// level is how many shells that variable counts, this one among them once it has
// counted itself.
func (s *session) level() int {
	n, _ := strconv.Atoi(s.variable(depth))
	return max(n, 0)
}

// interact talks to a person until they type Ctrl-D or exit.
func (s *session) interact(stdin *os.File) int {
	state, err := term.GetState(int(stdin.Fd()))
	if err != nil {
		return s.stream(oneByte{stdin}) // -i without a terminal
	}
	s.keyboard = &keyboard{fd: int(stdin.Fd()), cooked: state}
	s.keyboard.editor = line.New(stdin, s.e.Err, func() string { return s.variable("PATH") })
	s.keyboard.editor.History = line.NewHistory(s.variable("HISTFILE"))
	s.words = hold(s.variable("WORDS"), s.variable("SAYING"))
	s.keyboard.editor.Ahead = line.NewAhead(s.variable("TYPEAHEAD"))
	s.text("export "+depth+"="+strconv.Itoa(s.level()+1), "sh")
	stop := s.listen()
	defer stop()
	defer s.takeTerminal()()
	// Before the terminal is given back: from the background, setting its modes
	// would stop this process, tcsetattr(3).
	defer s.restoreTerminal()
	for !s.over {
		s.reportJobs()
		if s.oneLine() == io.EOF {
			break
		}
	}
	return s.status
}

// oneLine reads one line, or several where a command needs them, and runs it.
// It returns io.EOF after Ctrl-D.
func (s *session) oneLine() error {
	p := rewrite.Parser()
	lines := &typed{s: s, more: p.Incomplete}
	defer lines.done()
	for stmts, err := range p.InteractiveSeq(lines) {
		switch {
		case lines.err != nil && lines.err != io.EOF:
			s.setStatus(context.Background(), 128+int(unix.SIGINT)) // Ctrl-C
			return nil
		case err != nil:
			s.syntaxError(err)
			return nil
		case p.Incomplete():
			continue
		}
		s.statements(lines.ctx, stmts)
		return nil
	}
	return lines.err
}

// typed hands lines to the parser, asking for each with the prompt that fits.
// ctx is what Ctrl-C ends when the line runs.
type typed struct {
	s      *session
	more   func() bool
	ahead  string
	err    error
	ctx    context.Context
	cancel context.CancelFunc
}

// begin comes with each line that was typed; the last one's ctx counts.
func (t *typed) begin() {
	t.done()
	t.ctx, t.cancel = context.WithCancel(context.Background())
	t.s.keyboard.set(t.cancel)
}

func (t *typed) done() {
	t.s.keyboard.set(nil)
	if t.cancel != nil {
		t.cancel()
	}
}

func (t *typed) Read(p []byte) (int, error) {
	if t.ahead == "" {
		var text string
		if text, t.err = t.s.keyboard.editor.Line(t.s.prompt(t.more()), t.begin); t.err != nil {
			return 0, t.err
		}
		if !t.more() {
			text = t.s.words.sentence(text)
		}
		t.ahead = text + "\n"
	}
	n := copy(p, t.ahead)
	t.ahead = t.ahead[n:]
	return n, nil
}

// listen takes the signals that end a program but not a shell a person talks
// to. They are caught rather than ignored, for what is ignored would be so for
// every program that is started here too.
func (s *session) listen() (stop func()) {
	signals := make(chan os.Signal, 8)
	for _, sig := range []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGQUIT, unix.SIGTSTP} {
		signal.Ignore(sig) // makes Notify set a handler again; see traps.set
		signal.Notify(signals, sig)
	}
	var done sync.WaitGroup
	done.Go(func() {
		for sig := range signals {
			if sig == unix.SIGTSTP {
				// The shell is not stopped, so nothing of its group is to stay so;
				// not the child either that has yet to become the program, for
				// which Start waits.
				unix.Kill(0, unix.SIGCONT)
			}
			// A program in the foreground got the same Ctrl-C and decides what
			// becomes of it.
			if !s.front.take(sig.(unix.Signal)) && sig == unix.SIGINT && s.foreground.Load() == 0 {
				s.interrupt()
			}
		}
	})
	return func() {
		signal.Stop(signals)
		close(signals)
		done.Wait()
	}
}

// history lists what was typed, with numbers.
func (c *command) history(args []string) error {
	if len(args) > 0 {
		c.complain("history: takes no argument: a number or an option means nothing here")
		return status(applet.Misused)
	}
	if c.s.keyboard == nil {
		return nil // nobody types here
	}
	var b strings.Builder
	for n, text := range c.s.keyboard.editor.History.Lines() {
		fmt.Fprintf(&b, "%5d  %s\n", n+1, text)
	}
	_, err := io.WriteString(c.hc.Stdout, b.String())
	return err
}

// interrupt ends what a person has the shell do.
func (s *session) interrupt() {
	if s.keyboard == nil {
		return
	}
	s.keyboard.mu.Lock()
	defer s.keyboard.mu.Unlock()
	s.keyboard.editor.Ahead.Drop()
	if s.keyboard.cancel != nil {
		s.keyboard.cancel()
	}
}

func (k *keyboard) set(cancel context.CancelFunc) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.cancel = cancel
}

// restoreTerminal puts the terminal's modes back: before the shell ends, and
// after a program died that may have changed them.
func (s *session) restoreTerminal() {
	if s.keyboard != nil {
		term.Restore(s.keyboard.fd, s.keyboard.cooked)
	}
}
