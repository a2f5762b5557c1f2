package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"drydock/testscripts/vm/plan"
)

// A machine is a virtual one with a kernel, a first process and a disk.
type machine struct {
	kernel, initramfs, disk string
	results                 string // file that receives what the machine writes on its second serial line
	cut                     cutDisk
	kvm                     bool
}

// arguments are QEMU's. Without KVM it emulates every instruction, which needs
// no privilege and works inside other machines.
func (m machine) arguments() []string {
	accel := []string{"-accel", "tcg,thread=multi", "-cpu", "max"}
	if m.kvm {
		accel = []string{"-accel", "kvm", "-cpu", "host"}
	}
	return slices.Concat(accel, []string{
		"-nodefaults", "-no-user-config", "-display", "none", "-nic", "none",
		"-machine", "q35", "-smp", "2", "-m", "2048",
		"-kernel", m.kernel, "-initrd", m.initramfs,
		// panic=-1 restarts at once after a panic, and -no-reboot makes QEMU
		// end instead: a panic ends the test, at once.
		"-append", "console=ttyS0 panic=-1 oops=panic loglevel=4 mitigations=off",
		"-no-reboot",
		"-drive", "file=" + m.disk + ",format=raw,if=none,id=root,cache=unsafe",
		"-device", "virtio-blk-pci,drive=root", // the first is /dev/vda
		"-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
		"-serial", "file:" + m.results,
	}, m.cut.arguments())
}

// run boots the machine, passes its console on line by line, and returns the
// results when it has powered off. When ctx ends, so does QEMU.
func (m machine) run(ctx context.Context, console io.Writer) ([]plan.Result, error) {
	// The kernel sends the parent-death signal when the thread that forked ends
	// (PR_SET_PDEATHSIG(2const)), so this goroutine keeps its thread meanwhile.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, "qemu-system-x86_64", m.arguments()...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting QEMU: %w", err)
	}
	panicked := passOn(console, out)
	ended := cmd.Wait()
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case ended != nil:
		err = fmt.Errorf("running QEMU: %w: %s", ended, strings.TrimSpace(complaints.String()))
	case panicked:
		err = errors.New("the machine's kernel panicked")
	}
	results, readErr := m.read()
	return results, errors.Join(err, readErr)
}

// read returns what the machine wrote on its second serial line.
func (m machine) read() ([]plan.Result, error) {
	f, err := os.Open(m.results)
	if err != nil {
		return nil, fmt.Errorf("opening the machine's results: %w", err)
	}
	defer f.Close()
	return plan.ReadResults(f)
}

// escapes are a terminal's control sequences, as the firmware and some tests
// send them.
var escapes = regexp.MustCompile("\x1b(\\[[0-9;?=]*[a-zA-Z]|[a-zA-Z])|[\r\x00]")

// passOn copies a serial console as plain lines and reports whether the kernel
// panicked in it.
func passOn(to io.Writer, console io.Reader) (panicked bool) {
	lines := bufio.NewReader(console)
	for {
		line, err := lines.ReadString('\n')
		line = strings.TrimRight(escapes.ReplaceAllString(line, ""), "\n ")
		if line != "" {
			fmt.Fprintln(to, line)
		}
		panicked = panicked || strings.Contains(line, "Kernel panic - not syncing")
		if err != nil {
			return panicked
		}
	}
}

// missing says in one line what must be installed, or "".
func missing() string {
	packages := map[string]string{
		"qemu-system-x86_64": "qemu-system-x86", "mke2fs": "e2fsprogs",
		"apt-get": "apt", "apt-cache": "apt", "dpkg-deb": "dpkg",
	}
	var install []string
	for program, name := range packages {
		if _, err := exec.LookPath(program); err != nil {
			install = append(install, name)
		}
	}
	if len(install) == 0 {
		return ""
	}
	slices.Sort(install)
	install = slices.Compact(install)
	return "apt-get install --no-install-recommends " + strings.Join(install, " ")
}

// withSystemPrograms returns a PATH that also has the folders of administration
// programs: mke2fs lies in one, and an ordinary user's PATH may lack it.
func withSystemPrograms(path string) string {
	return strings.Join(append(filepath.SplitList(path), "/usr/sbin", "/sbin"), string(filepath.ListSeparator))
}
