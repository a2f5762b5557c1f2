package main

import (
	"path/filepath"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/dirs"
	"drydock/mini-docker/runtime"

	"github.com/spf13/cobra"
)

// action is what a command does: cobra's RunE.
type action func(cmd *cobra.Command, args []string) error

// mapped has a command that reads or writes an image's files run as root of a user
// namespace, if an ordinary user has ids set aside for that: files of an image
// belong to several users, and outside of it one may be no other than oneself.
func (c *cli) mapped(run action) action {
	return func(cmd *cobra.Command, args []string) error {
		host := bundle.UserNamespace()
		if !runtime.NeedsMapping(host) {
			return run(cmd, args)
		}
		folders, err := folders(dirs.Locate(c.root))
		if err != nil {
			return err
		}
		exit, err := runtime.RunMapped(host, runtime.Mapped{
			Args: c.args, Env: folders, Stdin: c.stdin, Stdout: c.stdout, Stderr: c.stderr,
		})
		if err != nil || exit != 0 {
			return &statusError{max(exit, exitError), err}
		}
		return nil
	}
}

// folders says where the engine's files lie, to a program that would look
// elsewhere: it will be root.
func folders(o dirs.Dirs) ([]string, error) {
	root, err := filepath.Abs(o.Root)
	if err != nil {
		return nil, err
	}
	run, err := filepath.Abs(o.RunDir)
	return []string{"MINI_DOCKER_ROOT=" + root, "MINI_DOCKER_RUN=" + run}, err
}
