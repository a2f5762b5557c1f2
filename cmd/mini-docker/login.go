package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"drydock/mini-docker/image/remote"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

type loginOptions struct {
	user, password string
	fromStdin      bool
}

func (c *cli) loginCommand() *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:   "login [OPTIONS] [SERVER]",
		Short: "Authenticate to a registry",
		Args:  atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("password") && o.password == "" {
				return errors.New("password is empty")
			}
			return c.interruptible(cmd.Context(), func(ctx context.Context) error { return c.login(ctx, server(args), o) })
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&o.user, "username", "u", "", "Username")
	cmd.Flags().StringVarP(&o.password, "password", "p", "", "Password or Personal Access Token (PAT)")
	cmd.Flags().BoolVar(&o.fromStdin, "password-stdin", false, "Take the Password or Personal Access Token (PAT) from stdin")
	return cmd
}

// server is the registry that arguments name; "" is the default one.
func server(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return remote.HostOf(args[0])
}

// login keeps a name and a password that a registry takes.
func (c *cli) login(ctx context.Context, server string, o loginOptions) error {
	l, err := remote.Known(server)
	if err != nil {
		return err
	}
	if l.User != "" && o == (loginOptions{}) {
		fmt.Fprintf(c.stdout, "Authenticating with existing credentials... [Username: %s]\n", l.User)
		if err := l.Try(ctx); err == nil {
			fmt.Fprintln(c.stdout, "Login Succeeded")
			return nil
		}
		fmt.Fprintln(c.stderr, "Login did not succeed, error:", err)
	}
	l = remote.Login{Registry: server, User: o.user, Password: o.password}
	switch {
	case o.fromStdin && o.password != "":
		return errors.New("--password and --password-stdin are mutually exclusive")
	case o.fromStdin && o.user == "":
		return errors.New("the --password-stdin option requires --username to be set")
	case o.fromStdin:
		l.Password, err = c.passwordFromStdin(ctx)
	default:
		if o.password != "" {
			fmt.Fprintln(c.stderr, "WARNING! Using --password via the CLI is insecure. Use --password-stdin.")
		}
		err = c.askLogin(ctx, &l)
	}
	if err != nil {
		return err
	}
	if err := l.Try(ctx); err != nil {
		return err
	}
	if err := l.Keep(); err != nil {
		return fmt.Errorf("Error saving credentials: %w", err)
	}
	fmt.Fprintln(c.stdout, "Login Succeeded")
	return nil
}

// passwordFromStdin reads all there is. The end of a line is not the password's.
func (c *cli) passwordFromStdin(ctx context.Context) (string, error) {
	text, err := io.ReadAll(io.LimitReader(untilDone(ctx, c.stdin), 1<<20))
	password := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if err == nil && password == "" {
		err = errors.New("password is empty")
	}
	return password, err
}

// askLogin asks for what the command line has not said.
func (c *cli) askLogin(ctx context.Context, l *remote.Login) error {
	if l.User != "" && l.Password != "" {
		return nil
	}
	if !isTerminal(c.stdin) {
		return errors.New("cannot perform an interactive login from a non-TTY device: give --username and --password-stdin")
	}
	if l.User == "" {
		fmt.Fprint(c.stdout, "Username: ")
		line, err := c.readLine(ctx)
		if l.User = strings.TrimSpace(line); err == nil && l.User == "" {
			err = errors.New("username is required")
		}
		if err != nil {
			return err
		}
	}
	if l.Password != "" {
		return nil
	}
	shown, err := hideTyping(int(c.stdin.Fd()))
	if err != nil {
		return err
	}
	fmt.Fprint(c.stdout, "Password: ")
	line, err := c.readLine(ctx)
	fmt.Fprintln(c.stdout)
	if l.Password = strings.TrimRight(line, "\r\n"); err == nil && l.Password == "" {
		err = errors.New("password is required")
	}
	return errors.Join(err, term.Restore(int(c.stdin.Fd()), shown))
}

// hideTyping has the terminal show nothing of what is typed, and gives its modes of
// before. It is done ahead of the question, and by who asks it rather than by who waits
// for the answer: whoever gives up meanwhile undoes it after it was done.
func hideTyping(terminal int) (before *term.State, err error) {
	before, err = term.GetState(terminal)
	if err != nil {
		return nil, err
	}
	modes, err := unix.IoctlGetTermios(terminal, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	modes.Lflag = modes.Lflag&^unix.ECHO | unix.ICANON | unix.ISIG
	modes.Iflag |= unix.ICRNL
	return before, unix.IoctlSetTermios(terminal, unix.TCSETS, modes)
}

// readLine reads a line from the terminal, which gives one at a time, see termios(3).
func (c *cli) readLine(ctx context.Context) (string, error) {
	type line struct {
		text string
		err  error
	}
	typed := make(chan line, 1)
	go func() {
		text := make([]byte, 4096)
		n, err := c.stdin.Read(text)
		if errors.Is(err, io.EOF) { // Ctrl-D, which answers nothing
			err = nil
		}
		typed <- line{string(text[:n]), err}
	}()
	select {
	case got := <-typed:
		return got.text, got.err
	case <-ctx.Done(): // the reader ends with this program
		return "", context.Cause(ctx)
	}
}

func (c *cli) logoutCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "logout [SERVER]",
		Short: "Log out from a registry",
		Args:  atMost(1),
		RunE:  func(_ *cobra.Command, args []string) error { return c.logout(server(args)) },

		DisableFlagsInUseLine: true,
	}
}

func (c *cli) logout(server string) error {
	known, err := remote.Known(server)
	if err != nil {
		return err
	}
	if known.User == "" {
		fmt.Fprintln(c.stdout, "Not logged in to", known)
		return nil
	}
	fmt.Fprintln(c.stdout, "Removing login credentials for", known)
	if err := known.Forget(); err != nil {
		return fmt.Errorf("could not erase credentials: %w", err)
	}
	return nil
}
