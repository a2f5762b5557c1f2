package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// contender is one way to start a container.
type contender struct {
	name    string
	args    []string
	env     []string // besides the caller's
	before  []string // a command that is run first, and not timed
	broken  bool
	samples []sample
}

// sample is one start, from the command to its end.
type sample struct {
	wall, cpu time.Duration
}

func wall(s sample) time.Duration { return s.wall }
func cpu(s sample) time.Duration  { return s.cpu }

// limit bounds one turn: something hangs if it takes longer.
const limit = 2 * time.Minute

// time runs it once.
func (c *contender) time(ctx context.Context) (sample, error) {
	if err := ctx.Err(); err != nil {
		return sample{}, context.Cause(ctx)
	}
	// Not ended by ctx: what is half started would be left behind.
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	if c.before != nil {
		if _, err := c.command(bounded, c.before); err != nil {
			return sample{}, err
		}
	}
	return c.command(bounded, c.args)
}

// command runs a command to its end.
func (c *contender) command(ctx context.Context, args []string) (sample, error) {
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	command.Env = append(command.Environ(), c.env...)
	// In a group of its own Ctrl-C does not reach it.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// A file, not a pipe: a container that goes on keeps it, and ends no pipe.
	stderr, err := os.CreateTemp("", "mini-docker-bench-stderr-")
	if err != nil {
		return sample{}, err
	}
	defer os.Remove(stderr.Name())
	defer stderr.Close()
	command.Stderr = stderr
	start := time.Now()
	err = command.Run()
	took := time.Since(start)
	if err != nil {
		said, _ := os.ReadFile(stderr.Name()) // to explain err
		return sample{}, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(said)))
	}
	return sample{took, command.ProcessState.UserTime() + command.ProcessState.SystemTime()}, nil
}

// median and minimum are over all samples.
func (c *contender) median(of func(sample) time.Duration) time.Duration {
	sorted := c.sorted(of)
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func (c *contender) minimum(of func(sample) time.Duration) time.Duration { return c.sorted(of)[0] }

func (c *contender) sorted(of func(sample) time.Duration) []time.Duration {
	var list []time.Duration
	for _, each := range c.samples {
		list = append(list, of(each))
	}
	slices.Sort(list)
	return list
}
