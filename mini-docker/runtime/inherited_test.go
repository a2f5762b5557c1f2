package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"

	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// What a person's shell has set is not the container's: it would be another one
// for each who starts it.
func TestTheCreatorsAttributesAreNotTheContainers(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		bundle := newBundle(t, []string{"inherited"}, change, func(s *specs.Spec) { s.Process.Cwd = "/made/by/us" })
		output, err := exec.Command("/proc/self/exe", "create-inherited", bundle).CombinedOutput()
		if want := "umask 0022 ignored 0000000000000000 blocked 0000000000000000 folder 755\n"; err != nil || string(output) != want {
			t.Errorf("got %s, %v\nwant %s", output, err, want)
		}
	})
}

// createInherited creates a container in a process of unusual attributes. A Go
// program gets a signal mask that counts only from whoever executes it.
func createInherited(step, bundle string) {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if step == "create-inherited" {
		goruntime.LockOSThread()
		signal.Ignore(unix.SIGHUP)
		unix.Umask(0o077)
		var blocked unix.Sigset_t
		blocked.Val[0] = 1 << (unix.SIGUSR2 - 1)
		fail(unix.PthreadSigmask(unix.SIG_BLOCK, &blocked, nil))
		fail(unix.Exec("/proc/self/exe", []string{os.Args[0], "create-inherited-again", bundle}, os.Environ()))
	}
	r := runtime.New(filepath.Join(bundle, "state"))
	process, err := r.Create(context.Background(), runtime.CreateOptions{ID: "one", Bundle: bundle, Stdout: os.Stdout, Stderr: os.Stderr})
	fail(err)
	fail(r.Start(context.Background(), "one"))
	_, err = process.Wait()
	fail(errors.Join(err, r.Delete("one", false)))
	os.Exit(0)
}

func showInherited() {
	text, _ := os.ReadFile("/proc/self/status")
	of := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		of[name] = strings.TrimSpace(value)
	}
	info, err := os.Stat("/made/by")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("umask %s ignored %s blocked %s folder %o\n", of["Umask"], of["SigIgn"], of["SigBlk"], info.Mode().Perm())
}

// As an image's WORKDIR of mode 0700 with another user, and a folder that only
// the user may enter.
func TestTheWorkingDirectoryMayBeTheUsersOrRoots(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to become another user")
	}
	// A group that the user namespace does not know keeps root's right to pass over
	// modes from it: see capabilities(7), CAP_DAC_OVERRIDE, and user_namespaces(7).
	for owner, group := range map[int]int{0: 0, 1000: 4242} {
		bundle := newBundle(t, []string{"facts"}, func(s *specs.Spec) {
			s.Process.Cwd, s.Process.User = "/tmp/own", specs.User{UID: 1000, GID: 1000}
			if owner == 1000 {
				s.Linux.UIDMappings = []specs.LinuxIDMapping{{ContainerID: 0, HostID: 65534, Size: 1}, {ContainerID: 1000, HostID: 1000, Size: 1}}
				s.Linux.GIDMappings = s.Linux.UIDMappings
				s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace})
			}
		})
		folder := filepath.Join(bundle, "rootfs/tmp/own")
		must(t, os.Mkdir(folder, 0o700))
		must(t, os.Chown(folder, owner, group))
		if got := run(t, bundle); got.err != nil || !strings.Contains(got.output, `"Cwd":"/tmp/own"`) {
			t.Errorf("owner %d: got %+v", owner, got)
		}
	}
}

func TestAMissingInterpreterIsNamed(t *testing.T) {
	bundle := newBundle(t, nil, variants["user"], func(s *specs.Spec) { s.Process.Args = []string{"/script"} })
	for first, want := range map[string]string{
		"#!/bin/none -x\n": "its interpreter /bin/none is not there",
		"#! /bin/sh\r\n":   `"/bin/sh\r" is not there: its lines end as on Windows`,
	} {
		must(t, os.WriteFile(filepath.Join(bundle, "rootfs/script"), []byte(first), 0o755))
		got := run(t, bundle)
		if !errors.Is(got.err, runtime.ErrCommandNotFound) || got.exit != 127 || !strings.Contains(got.err.Error(), want) {
			t.Errorf("%q: got %v, exit %d, want %q and 127", first, got.err, got.exit, want)
		}
	}
}

// Pipes are given to the command's user, who could not open /dev/stdout otherwise;
// a file of the caller's stays theirs.
func TestAFileOfTheCallersStaysTheirs(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("not root: nothing can be given away")
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "output"))
	must(t, err)
	defer file.Close()
	bundle := newBundle(t, []string{"exit", "0"}, func(s *specs.Spec) { s.Process.User = specs.User{UID: 1000, GID: 1000} })
	run(t, bundle, func(o *runtime.CreateOptions) { o.Stdout = file })
	var stat unix.Stat_t
	must(t, unix.Fstat(int(file.Fd()), &stat))
	if stat.Uid != 0 {
		t.Errorf("it belongs to %d", stat.Uid)
	}
}
