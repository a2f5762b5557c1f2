package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"drydock/testscripts/vm/plan"
)

// run runs one program to its end and cleans up after it. What it printed is
// shown when it failed.
func run(p plan.Program, all plan.Plan) plan.Result {
	begin := time.Now()
	before := look()
	r := plan.Result{Name: p.String()}
	t := &tally{verbose: all.Verbose, name: r.Name}
	if err := t.watch(p, all.Timeout); err != nil {
		r.Problem = err.Error()
	}
	r.Left = append(t.orphans, cleanUp(before)...)
	r.Passed, r.Failed, r.Skipped = t.passed, t.failed, len(t.skipped)
	r.Seconds = time.Since(begin).Seconds()
	if !p.GoTest && r.Problem == "" {
		r.Passed = 1
	}
	t.show(r)
	return r
}

// watch starts the program, reads what it prints and waits for its end. The
// error says how it ended, unless that was well.
func (t *tally) watch(p plan.Program, timeout time.Duration) error {
	out, in, err := os.Pipe()
	if err != nil {
		return err
	}
	defer out.Close()
	pid, err := start(p, in)
	in.Close()
	if err != nil {
		return err
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		t.read(out)
	}()
	var late atomic.Bool
	limit := time.AfterFunc(timeout, func() {
		late.Store(true)
		killAll()
	})
	status, err := reap(pid)
	limit.Stop()
	// Whoever still lives may hold the pipe open. The program's descendants get
	// a moment to end by themselves; then the pipe is at its end for sure.
	waitForOrphans(20 * time.Second)
	t.orphans = processes()
	killAll()
	waitForOrphans(timeout)
	<-read
	switch {
	case err != nil:
		return err
	case late.Load():
		return fmt.Errorf("killed after %s", timeout)
	case status.Signaled():
		return fmt.Errorf("killed by %s", unix.SignalName(syscall.Signal(status.Signal())))
	case status.ExitStatus() != 0:
		return fmt.Errorf("exit status %d", status.ExitStatus())
	}
	return nil
}

// start starts a program in its cgroup and with its user's environment.
func start(p plan.Program, out *os.File) (pid int, err error) {
	dir, err := scope(p.AsUser)
	if err != nil {
		return 0, fmt.Errorf("making a cgroup: %w", err)
	}
	cgroup, err := os.Open(dir)
	if err != nil {
		return 0, err
	}
	defer cgroup.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	attr := &syscall.ProcAttr{
		Dir:   p.Dir,
		Env:   []string{"HOME=/root", "USER=root"},
		Files: []uintptr{null.Fd(), out.Fd(), out.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true, UseCgroupFD: true, CgroupFD: int(cgroup.Fd())},
	}
	if p.AsUser {
		attr.Env = []string{"HOME=" + plan.Home, "USER=learner", "XDG_RUNTIME_DIR=" + runtimeDir}
		attr.Sys.Credential = &syscall.Credential{Uid: plan.UserID, Gid: plan.UserID, Groups: []uint32{plan.UserID}}
	}
	attr.Env = append(attr.Env, "PATH="+plan.Bin+":/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"LANG=C.UTF-8", "TERM=dumb", "DRYDOCK_BIN="+plan.Bin, plan.CutDisk+"=/dev/vdb", plan.CutLog+"=/dev/vdc")
	pid, err = syscall.ForkExec(p.Args[0], p.Args, attr)
	if err != nil {
		return 0, fmt.Errorf("starting %s: %w", p.Args[0], err)
	}
	return pid, nil
}

// reap waits for a process as only process 1 has to: whatever loses its parent
// becomes process 1's child, and stays a zombie until it is waited for.
func reap(pid int) (unix.WaitStatus, error) {
	for {
		var status unix.WaitStatus
		ended, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, fmt.Errorf("waiting for process %d: %w", pid, err)
		case ended == pid:
			return status, nil
		}
	}
}

// waitForOrphans reaps until there is nobody left, or the time is up. Process 1
// without children is alone: everyone's ancestors lead to it.
func waitForOrphans(limit time.Duration) {
	for end := time.Now().Add(limit); time.Now().Before(end); {
		ended, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
		if errors.Is(err, unix.ECHILD) {
			return
		}
		if ended == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// killAll kills everyone but process 1 itself (kill(2), pid -1).
func killAll() {
	unix.Kill(-1, unix.SIGKILL)
}

// processes names those who live, without the kernel's own, which have no
// command line, and without zombies, which have none any more.
func processes() []string {
	var all []string
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		pid := e.Name()
		if pid[0] < '0' || pid[0] > '9' || pid == "1" {
			continue
		}
		line, err := os.ReadFile("/proc/" + pid + "/cmdline")
		if err == nil && len(line) > 0 {
			words := bytes.ReplaceAll(bytes.TrimRight(line, "\x00"), []byte{0}, []byte{' '})
			all = append(all, "process "+pid+": "+strings.ToValidUTF8(string(words), "?"))
		}
	}
	return all
}
