package main

import (
	"context"
	"os/exec"
	"slices"
	"sync"
	"syscall"

	"drydock/labs/golang"
	"drydock/labs/session"
	"drydock/labs/world"
	"drydock/lessons"

	"golang.org/x/sys/unix"
)

// build returns what waits for the build of mini-k8s that `make start` leaves to this
// program, so that a lesson can be read meanwhile; nil where there is none. The build
// begins at once, and ends at the latest with ctx; then what was compiled so far is
// kept by Go.
func (t *tutor) build(ctx context.Context) (wait func() error) {
	if t.meanwhile == "" {
		return nil
	}
	build := exec.CommandContext(ctx, "sh", "-c", t.meanwhile)
	// What is typed, and Ctrl-C, is for the sandbox.
	build.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	build.Cancel = func() error { return unix.Kill(-build.Process.Pid, unix.SIGTERM) }
	ended := make(chan struct{})
	var err error
	go func() { defer close(ended); err = build.Run() }()
	return func() error { <-ended; return err }
}

// buildFor begins that build, and returns what waits for it where a room is to have the
// cluster once it is there. A room that can have none yet begins without.
func (t *tutor) buildFor(ctx context.Context, m world.Machine, room *session.Room) (wait func() error) {
	wait = t.build(ctx)
	switch {
	case !room.Cluster:
		return nil
	case wait != nil:
		room.Cluster = false
		t.say("The cluster of the later pieces is being built while you read.\n")
	case !m.HasOrchestrator():
		room.Cluster = false
		t.warn("the cluster of this lesson is missing: " + world.ErrNoOrchestrator.Error())
	}
	return wait
}

// orchestrated makes a host whose sandboxes get mini-k8s when it is built.
func orchestrated(host session.Host, m world.Machine, wait func() error) session.Host {
	use := host.Use
	host.Use = func(ctx context.Context, w *world.World) error {
		ctx, cancel := context.WithCancel(ctx)
		var delivering sync.WaitGroup
		began := make(chan struct{})
		delivering.Go(func() {
			// What comes of it is told inside, by whoever is asked for mini-k8s.
			_ = w.AwaitOrchestrator(ctx, m, func() error {
				close(began)
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
		select {
		case <-began:
		case <-ctx.Done():
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
	if _, err := golang.Version(ctx); err != nil {
		t.warn("the image golang of this lesson is missing: " + err.Error())
		return false
	}
	if !m.HasGolang(ctx) {
		t.say("The image golang is being made of this machine's Go, once: some seconds, 300 MB.\n")
	}
	return true
}
