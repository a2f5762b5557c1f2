package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"drydock/mini-docker/image/remote"

	"github.com/spf13/cobra"
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
		line, err := c.readLine(ctx, func(int) ([]byte, error) {
			typed := make([]byte, 4096) // a terminal gives a line at a time, see termios(3)
			n, err := c.stdin.Read(typed)
			return typed[:n], err
		})
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
	fmt.Fprint(c.stdout, "Password: ")
	defer fmt.Fprintln(c.stdout)
	var err error
	if l.Password, err = c.readLine(ctx, term.ReadPassword); err == nil && l.Password == "" {
		err = errors.New("password is required")
	}
	return err
}

// readLine reads a line from the terminal. Who gives up meanwhile finds the terminal
// as it was, which does not show a password.
func (c *cli) readLine(ctx context.Context, read func(in int) ([]byte, error)) (string, error) {
	in := int(c.stdin.Fd())
	shown, err := term.GetState(in)
	if err != nil {
		return "", err
	}
	type line struct {
		text []byte
		err  error
	}
	typed := make(chan line, 1)
	go func() {
		text, err := read(in)
		typed <- line{text, err}
	}()
	select {
	case got := <-typed:
		return string(got.text), got.err
	case <-ctx.Done(): // the reader ends with this program
		return "", errors.Join(context.Cause(ctx), term.Restore(in, shown))
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
