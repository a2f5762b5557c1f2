package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/spf13/cobra"
)

// execFlags are those of runc's exec.
type execFlags struct {
	runtime.ExecOptions

	processFile, cwd, user string
	env                    []string
	tty, detach            bool
	preserve               *int
}

func (c *cli) runtimeExec(open opener) *cobra.Command {
	f := execFlags{ExecOptions: runtime.ExecOptions{Stdin: c.stdin, Stdout: c.stdout, Stderr: c.stderr}}
	cmd := &cobra.Command{
		Use: "exec [OPTIONS] CONTAINER-ID [COMMAND] [ARG...]", Short: "Execute a further command in a running container", Args: atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			exit, err := f.run(cmd, open(), args)
			if err != nil || exit != 0 {
				return &statusError{exit, err}
			}
			return nil
		},
		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false)
	flags.StringVarP(&f.processFile, "process", "p", "", "Path to a file with the process as config.json has it")
	flags.StringVar(&f.cwd, "cwd", "", "Working directory in the container")
	flags.StringVarP(&f.user, "user", "u", "", "User (format: <uid>[:<gid>])")
	flags.StringArrayVarP(&f.env, "env", "e", nil, "Set environment variables")
	flags.BoolVarP(&f.tty, "tty", "t", false, "Allocate a pseudo-TTY")
	flags.BoolVarP(&f.detach, "detach", "d", false, "Do not wait for the command")
	flags.StringVar(&f.PidFile, "pid-file", "", "File to write the process id to")
	flags.StringVar(&f.ConsoleSocket, "console-socket", "", "Socket that receives the terminal")
	addUnsupported(flags, "no-new-privs ignore-paused", "additional-gids,g process-label apparmor cap,c cgroup")
	f.preserve = registerPreserve(flags)
	return cmd
}

// run executes the command and, unless it is to be detached, waits for it.
func (f *execFlags) run(cmd *cobra.Command, r *runtime.Runtime, args []string) (exit int, err error) {
	f.ID = args[0]
	if f.Process, err = f.process(r, args[1:]); err != nil {
		return exitError, err
	}
	if f.Process.Terminal && f.ConsoleSocket == "" {
		return exitError, errors.New("a terminal needs --console-socket, to which its other end is sent")
	}
	if f.Preserved, err = preserved(*f.preserve); err != nil {
		return exitError, err
	}
	f.Detached = f.detach
	process, err := r.Exec(cmd.Context(), f.ExecOptions)
	if err != nil {
		return max(exitError, execStatus(err)), err
	}
	if f.detach {
		return 0, nil
	}
	return process.Wait()
}

// process is what the file says, or else the container's own with what the flags
// change.
func (f *execFlags) process(r *runtime.Runtime, args []string) (*specs.Process, error) {
	if f.processFile != "" {
		text, err := os.ReadFile(f.processFile)
		if err != nil {
			return nil, err
		}
		process := new(specs.Process)
		if err := json.Unmarshal(text, process); err != nil {
			return nil, fmt.Errorf("reading %s: %w", f.processFile, err)
		}
		return process, nil
	}
	if len(args) == 0 {
		return nil, errors.New("process args cannot be empty")
	}
	process, err := r.CommandOf(f.ID)
	if err != nil {
		return nil, err
	}
	process.Args, process.Terminal = args, f.tty
	process.Env = append(process.Env, f.env...)
	if f.cwd != "" {
		process.Cwd = f.cwd
	}
	if f.user != "" {
		uid, gid, hasGroup := strings.Cut(f.user, ":")
		number, err := strconv.ParseUint(uid, 10, 32)
		group := uint64(process.User.GID)
		if err == nil && hasGroup {
			group, err = strconv.ParseUint(gid, 10, 32)
		}
		if err != nil {
			return nil, fmt.Errorf("parsing --user %s: %w", f.user, err)
		}
		process.User.UID, process.User.GID = uint32(number), uint32(group)
	}
	return process, nil
}
