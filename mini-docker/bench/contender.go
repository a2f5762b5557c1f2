package main

import (
	"bytes"
	"context"
	"fmt"
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
	broken  bool
	samples []sample
}

// sample is one start, from the command to its end.
type sample struct {
	wall, cpu time.Duration
}

func wall(s sample) time.Duration { return s.wall }
func cpu(s sample) time.Duration  { return s.cpu }

// limit bounds one start: something hangs if it takes longer.
const limit = 30 * time.Second

// time runs it once.
func (c *contender) time(ctx context.Context) (sample, error) {
	if err := ctx.Err(); err != nil {
		return sample{}, context.Cause(ctx)
	}
	// Not ended by ctx: what is half started would be left behind.
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	command := exec.CommandContext(bounded, c.args[0], c.args[1:]...)
	command.Env = append(command.Environ(), c.env...)
	// In a group of its own Ctrl-C does not reach it.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var stderr bytes.Buffer
	command.Stderr = &stderr
	start := time.Now()
	err := command.Run()
	took := time.Since(start)
	if err != nil {
		return sample{}, fmt.Errorf("%w: %s", err, strings.TrimSpace(stderr.String()))
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
