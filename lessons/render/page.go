package render

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"
)

// Page writes text to out: through a pager when out is a terminal with fewer
// lines than text, directly otherwise. pager is a command line ("" means
// write directly); PagerCommand chooses it. A pager that cannot be started is
// no reason not to read: the text is then written as if there were none.
//
// It blocks until its reader leaves the pager and takes no context: Ctrl-C
// belongs to the pager meanwhile, as in git and man.
func Page(out *os.File, text, pager string) error {
	argv := strings.Fields(pager)
	if len(argv) == 0 || !isLonger(out, text) {
		return write(out, text)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), out, os.Stderr
	cmd.Env = pagerEnv(os.Environ(), os.LookupEnv)
	// Caught, not ignored: an ignored signal would stay so in the pager
	// (execve(2)), and without either it would end us under the pager.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	if err := cmd.Start(); err != nil {
		return write(out, text)
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) || errors.Is(err, syscall.EPIPE) {
		return nil // quit before the end, or by a signal: the reader's wish
	}
	return err
}

// pagerEnv is the environment of a pager. PAGER=less alone would show colours as
// ESC[1m (less(1), -R), and without a locale what is not ASCII as <C2><B7>.
func pagerEnv(env []string, lookup func(string) (string, bool)) []string {
	for _, setting := range []struct{ key, value string }{{"LESS", "R"}, {"LESSCHARSET", "utf-8"}} {
		if _, isSet := lookup(setting.key); !isSet {
			env = append(env, setting.key+"="+setting.value)
		}
	}
	return env
}

// PagerCommand is $PAGER, else less with colours passed through (-R). A PAGER
// that is set and empty means none, as git(1) has it.
func PagerCommand(lookup func(string) (string, bool)) string {
	if pager, ok := lookup("PAGER"); ok {
		return pager
	}
	return "less -R"
}

// isLonger reports whether text has more lines than out's screen; false when
// out is no terminal.
func isLonger(out *os.File, text string) bool {
	_, rows, err := term.GetSize(int(out.Fd()))
	return err == nil && strings.Count(text, "\n") >= rows
}

// write is io.WriteString for a reader that may have gone: `drydock read … |
// head` is no error.
func write(out io.Writer, text string) error {
	_, err := io.WriteString(out, text)
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}
