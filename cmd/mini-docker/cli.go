package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/dirs"
	"drydock/mini-docker/image"
	"drydock/mini-docker/image/remote"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// cli is one call of the program.
type cli struct {
	stdin, stdout, stderr *os.File

	root string   // --root
	args []string // the command line
}

// Exit statuses besides the container's own, as Docker's.
const (
	exitError       = 1   // a command could not do what it was asked
	exitEngine      = 125 // run could not, or a flag is wrong
	exitNotExecuted = 126 // exec could not, in a container that runs
	exitNotFound    = 127 // or there is no such command
)

// statusError is an error with an exit status of its own. Without a cause
// nothing is printed: all has been said.
type statusError struct {
	status int
	cause  error
}

func (e *statusError) Error() string { return fmt.Sprint(e.cause) }
func (e *statusError) Unwrap() error { return e.cause }

// main runs the command that args hold and returns the exit status.
func (c *cli) main(args []string) int {
	c.args = args
	root := c.command(args)
	root.SetArgs(args)
	help := &checked{out: c.stdout}
	root.SetOut(help)
	root.SetErr(c.stderr)
	err := root.ExecuteContext(context.Background())
	if err == nil && help.err != nil {
		err = fmt.Errorf("printing: %w", help.err)
	}
	return c.report(err)
}

// report prints what went wrong, unless that has been said, and returns the exit
// status.
func (c *cli) report(err error) int {
	if err == nil {
		return 0
	}
	if !hasBeenSaid(err) {
		fmt.Fprintln(c.stderr, describe(err))
	}
	status := &statusError{exitError, err}
	errors.As(err, &status)
	return status.status
}

// hasBeenSaid says whether there is nothing to print in an error with an exit
// status, nor in one that it was given to.
func hasBeenSaid(err error) bool {
	for told := (*statusError)(nil); errors.As(err, &told); err = told.cause {
		if told.cause == nil {
			return true
		}
	}
	return false
}

// checked is where help is printed: that it could not be, cobra would tell in
// words of its own, and end well.
type checked struct {
	out io.Writer
	err error
}

func (c *checked) Write(text []byte) (int, error) {
	if _, err := c.out.Write(text); err != nil {
		c.err = err
	}
	return len(text), nil
}

// describe words an error for a person, with what can be done about it.
func describe(err error) string {
	var usage *usageError
	if errors.As(err, &usage) {
		return usage.Error()
	}
	text := "mini-docker: " + err.Error()
	var unreachable *remote.UnreachableError
	var where *fs.PathError
	var taken *container.NameInUseError
	switch {
	case errors.As(err, &unreachable):
		text += "\nSee 'mini-docker images' for the images that are here."
	case errors.As(err, &taken):
		text += fmt.Sprintf("\nTo remove it, also while it runs: mini-docker rm -f %s", taken.Name)
	case errors.As(err, &where) && where.Path == os.Stdout.Name():
		// What is full is where the output goes, which no container fills.
	case engine.IsDiskFull(err):
		text += "\nThe disk is full: nothing was lost. Make room, for example with 'mini-docker rm', and try again."
	}
	return text
}

// usageError is a command line that cannot be meant.
type usageError struct {
	command string // path of the command
	problem string
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%s\nSee '%s --help'.", e.problem, e.command)
}

// flagError says what is wrong with a flag. One that exists in Docker and not
// here is told from one that exists nowhere.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	problem := err.Error()
	if missing := (*unsupportedError)(nil); errors.As(err, &missing) {
		problem = missing.Error()
	}
	return &statusError{exitEngine, &usageError{cmd.CommandPath(), problem}}
}

// knownCommand refuses a command that is not there and names those that are
// near.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	name := args[0]
	if isDockerCommand(name) {
		return &usageError{cmd.CommandPath(), fmt.Sprintf("mini-docker: %s is not supported yet", name)}
	}
	problem := fmt.Sprintf("mini-docker: unknown command: %s %s", cmd.CommandPath(), name)
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		problem += "\nDid you mean " + strings.Join(near, ", ") + "?"
	}
	return &usageError{cmd.CommandPath(), problem}
}

// atLeast and exactly check how many arguments a command gets, in Docker's words.
func atLeast(number int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= number {
			return nil
		}
		return argumentsError(cmd, "requires at least %d argument%s", number)
	}
}

func atMost(number int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) <= number:
			return nil
		case number == 0:
			return &usageError{cmd.CommandPath(), fmt.Sprintf("mini-docker: '%s' accepts no arguments", cmd.CommandPath())}
		}
		return argumentsError(cmd, "requires at most %d argument%s", number)
	}
}

// between checks for at least and at most so many arguments.
func between(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && len(args) <= most {
			return nil
		}
		if least == most {
			return argumentsError(cmd, "requires exactly %d argument%s", least)
		}
		return argumentsError(cmd, fmt.Sprintf("requires at least %d and at most %%d argument%%s", least), most)
	}
}

func argumentsError(cmd *cobra.Command, format string, number int) error {
	plural := "s"
	if number == 1 {
		plural = ""
	}
	return &usageError{cmd.CommandPath(), fmt.Sprintf("mini-docker: '%s' "+format, cmd.CommandPath(), number, plural)}
}

// find returns the container of a name and the engine that keeps it.
func (c *cli) find(cmd *cobra.Command, name string) (*engine.Engine, *container.Container, error) {
	e, err := c.open()
	if err != nil {
		return nil, nil, err
	}
	container, err := e.Find(cmd.Context(), name)
	return e, container, err
}

// open returns the engine that the flags and the environment name.
func (c *cli) open() (*engine.Engine, error) {
	return engine.Open(dirs.Locate(c.root))
}

// images returns the images of that engine.
func (c *cli) images(ctx context.Context) (*image.Store, error) {
	e, err := c.open()
	if err != nil {
		return nil, err
	}
	return e.Images(ctx)
}
