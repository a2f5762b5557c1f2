package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"drydock/mini-docker/sandbox/guest"
	"drydock/mini-docker/sandbox/helper"

	"golang.org/x/sys/unix"
)

// Finding is one thing that this machine can do or cannot.
type Finding = guest.Finding

// Probe finds out what this machine can do for a sandbox, by doing it in
// namespaces that vanish at once. The findings are "namespaces", which all the
// others need; then what is mounted inside; at last "cgroup", the version of the host, and "cgroup
// memory", "cgroup cpu" and "cgroup pids", whether this user can set limits.
// scratch is what Spec.Scratch would be.
//
// The program must call MaybeInit.
func Probe(ctx context.Context, scratch string) []Finding {
	inside, err := probeInside(ctx, scratch)
	findings := []Finding{namespaceFinding(err)}
	findings = append(append(findings, inside...), cgroupFinding("/sys/fs/cgroup"))
	return append(findings, limitFindings(ctx)...)
}

// namespaceFinding says whether a process got the namespaces of a sandbox.
func namespaceFinding(err error) Finding {
	const name = "namespaces"
	if err == nil {
		return Finding{Name: name, OK: true, Detail: "a process gets them"}
	}
	fix := outsideAdvice
	if setting := userNamespaceAdvice(os.DirFS("/")); setting != "" {
		fix = setting
	}
	return Finding{Name: name, Detail: err.Error(), Fix: fix}
}

// probeInside has a child try things in the namespaces of a sandbox.
func probeInside(ctx context.Context, scratchParent string) ([]Finding, error) {
	dir, err := mountPoint(scratchParent)
	if err != nil {
		return nil, err
	}
	attributes, err := attributesOf(false)
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, "/proc/self/exe", dir)
	command.Args[0] = helper.ProbeArg
	if scratch, err := makeScratch(scratchParent, RootInside(false)); err == nil {
		defer scratch.remove()
		command.ExtraFiles = []*os.File{scratch.file()}
	}
	command.SysProcAttr = attributes
	// The parent-death signal comes when the thread ends, see start.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("starting a process in new namespaces: %w", err)
	}
	var findings []Finding
	if err := json.Unmarshal(text, &findings); err != nil {
		return nil, fmt.Errorf("reading what was tried: %w", err)
	}
	// AppArmor gives a user namespace away, but no power in it.
	if !findings[0].OK && userNamespaceAdvice(os.DirFS("/")) != "" {
		return findings, errors.New(findings[0].Detail)
	}
	return findings, nil
}

// cgroupFinding tells which version of control groups is mounted at dir. See
// cgroups(7).
func cgroupFinding(dir string) Finding {
	finding := Finding{Name: "cgroup", Fix: "mount control groups: `sudo mount -t cgroup2 none " + dir + "`"}
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		finding.Detail = fmt.Sprintf("looking at %s: %v", dir, err)
		return finding
	}
	switch stat.Type {
	case unix.CGROUP2_SUPER_MAGIC:
		return Finding{Name: "cgroup", OK: true, Detail: "version 2"}
	case unix.TMPFS_MAGIC: // the place of one directory for each controller
		if _, err := os.Stat(dir + "/unified"); err == nil {
			return Finding{Name: "cgroup", OK: true, Detail: "version 1, with an empty version 2 beside it (hybrid)"}
		}
		return Finding{Name: "cgroup", OK: true, Detail: "version 1"}
	}
	finding.Detail = "nothing is mounted at " + dir
	return finding
}
