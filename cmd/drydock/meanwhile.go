package main

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"

	"drydock/labs/golang"
	"drydock/labs/session"
	"drydock/labs/world"
	"drydock/lessons"

	"golang.org/x/sys/unix"
)

// builds are the programs that are being built while a lesson is read, and what waits
// for each.
type builds map[string]func() error

// build begins the builds that `make start` leaves to this program, one after the
// other: each of t.meanwhile is PROGRAM=COMMAND. They end at the latest with ctx; then
// what was compiled so far is kept by Go.
func (t *tutor) build(ctx context.Context) builds {
	all := builds{}
	var steps []func()
	for _, each := range t.meanwhile {
		program, command, _ := strings.Cut(each, "=")
		build := exec.CommandContext(ctx, "sh", "-c", command)
		// What is typed, and Ctrl-C, is for the sandbox.
		build.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		build.Cancel = func() error { return unix.Kill(-build.Process.Pid, unix.SIGTERM) }
		built := make(chan struct{})
		var err error
		steps = append(steps, func() { defer close(built); err = build.Run() })
		all[program] = func() error { <-built; return err }
	}
	go func() {
		for _, step := range steps {
			step()
		}
	}()
	return all
}

// buildFor begins the builds, and returns those that a room waits for. It begins
// without what it can have only later, or not at all.
func (t *tutor) buildFor(ctx context.Context, m world.Machine, room *session.Room) builds {
	all := t.build(ctx)
	room.EngineLater = all[world.Engine] != nil
	switch {
	case !room.Cluster:
		delete(all, world.Orchestrator)
	case all[world.Orchestrator] != nil:
		room.Cluster = false
	case !m.HasOrchestrator():
		room.Cluster = false
		t.warn("the cluster of this lesson is missing: " + world.ErrNoOrchestrator.Error())
	}
	if room.EngineLater {
		t.say("The engine of the later pieces is being built while you read.\n")
	} else if all[world.Orchestrator] != nil {
		t.say("The cluster of the later pieces is being built while you read.\n")
	}
	return all
}

// delivered makes a host whose sandboxes get what is being built when it is there.
func delivered(host session.Host, m world.Machine, all builds) session.Host {
	use := host.Use
	host.Use = func(ctx context.Context, w *world.World) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for program := range all {
			if err := w.Expect(ctx, program); err != nil {
				return err
			}
		}
		var delivering sync.WaitGroup
		for program, wait := range all {
			delivering.Go(func() {
				// What comes of it is told inside, by whoever is asked for the program.
				_ = w.Deliver(ctx, m, program, func() error {
					built := make(chan error, 1)
					go func() { built <- wait() }()
					select {
					case err := <-built:
						return err
					case <-ctx.Done():
						return ctx.Err()
					}
				})
			})
		}
		err := use(ctx, w)
		cancel()
		delivering.Wait()
		return err
	}
	return host
}

// golangFor says whether a lesson's sandbox gets the image golang, and that it is made
// now where that takes a while.
func (t *tutor) golangFor(ctx context.Context, m world.Machine, l lessons.Lesson) bool {
	if !slices.Contains(l.Needs, "golang") {
		return false
	}
	_, err := golang.Version(ctx)
	if err == nil && !m.HasEngine() {
		err = world.ErrNoEngine
	}
	if err != nil {
		t.warn("the image golang of this lesson is missing: " + err.Error())
		return false
	}
	if !m.HasGolang(ctx) {
		t.say("The image golang is being made of this machine's Go, once: some seconds, 300 MB.\n")
	}
	return true
}
