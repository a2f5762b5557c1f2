package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"drydock/testscripts/wait"
)

// isolated runs a script as process 1 of namespaces of its own, as root of a
// user namespace where the test is not root already.
func isolated(t *testing.T, script string) string {
	t.Helper()
	if r := run(t, "", "unshare", "-Urm", "true"); r.status != 0 {
		t.Skipf("this machine gives no user namespaces: %s", r.err)
	}
	r := run(t, "", "unshare", "-Urmpfuin", "--mount-proc", "sh", "-c", "{ "+script+"\n}")
	if r.err != "" {
		t.Errorf("complained: %s", r.err)
	}
	return r.out
}

func TestNamespaceApplets(t *testing.T) {
	tests := []struct{ name, script, out string }{
		{"number one", "echo $$; ps -o pid,comm | head -n 2 | tail -n 1", "1\n1    sh\n"},
		{"root of its own", "id -u", "0\n"},
		{"somebody of its own", "unshare --map-user 1000 --map-group 100 sh -c 'id -u; id -g; lscaps | grep Eff'", "1000\n100\nEff  none\n"},
		{"an ordinary user mounts nothing", "unshare --map-user 1000 -m mount -t tmpfs x / 2>/dev/null; echo $?", "1\n"},
		{"a name of its own", "hostname inner; unshare -u sh -c 'hostname deeper; hostname'; hostname", "deeper\ninner\n"},
		{"mounts stay inside", "mkdir d; unshare -m sh -c 'mount -t tmpfs x d; findmnt -n -o FSTYPE,PROPAGATION d'; findmnt d; echo $?", "tmpfs  private\n1\n"},
		{"shared mounts travel", "mkdir d; mount -t tmpfs x d; mount --make-shared d; mkdir d/e; unshare -m --propagation unchanged mount -t tmpfs y d/e; findmnt -n -o TARGET,PROPAGATION -l d/e | sed 's,.*/,,'", "e  shared\n"},
		{"bind and read-only", "mkdir a b; echo x > a/f; mount -o bind,ro a b; cat b/f; cp a/f b/g 2>/dev/null || echo refused", "x\nrefused\n"},
		{"nsenter", "unshare -u sleep 60 & p=$!; while test \"$(readlink /proc/$p/ns/uts)\" = \"$(readlink /proc/$$/ns/uts)\"; do :; done; nsenter -t $p -u hostname there; nsenter -t $p -u hostname; kill $p", "there\n"},
		{"lsns", "lsns -t pid | tail -n 1 | tr -s ' ' | cut -d' ' -f2,4", "pid 1\n"},
		{"shared memory", "i=$(ipcmk -M 1k | cut -d' ' -f4); shm write $i hello; shm read $i; unshare -i shm read $i 2>/dev/null; echo $?; ipcrm -m $i; ipcs -m | grep -c 0x0", "hello\n1\n0\n"},
		{"nothing above the bounding set", "touch f; chmod 0 f; cat f && setpriv --bounding-set -dac_override,-dac_read_search --no-new-privs sh -c 'lscaps | grep -c DAC; grep NoNew /proc/self/status; cat f 2>/dev/null || echo refused'", "0\nNoNewPrivs:\t1\nrefused\n"},
		{"no such capability", "setpriv --bounding-set chown true 2>/dev/null; echo $?", "1\n"},
		{"capabilities of process 1", "unshare -pf lscaps | head -n 1", "Inh  none\n"},
		{"loopback", "ip -br link; ip link set lo up; ip -br -4 addr", "lo               DOWN           00:00:00:00:00:00 <LOOPBACK> \nlo               UNKNOWN        127.0.0.1/8 \n"},
		{"orphans are reaped while the shell waits", "orphan true > o; p=$(cut -d' ' -f2 o); while test -d /proc/$p; do true; sleep 0; done; echo gone", "gone\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := isolated(t, test.script); got != test.out {
				t.Errorf("printed %q, want %q", got, test.out)
			}
		})
	}
}

func TestChrootCanBeLeft(t *testing.T) {
	// The way out: a second chroot leaves the working directory outside, and
	// from there every step up leads further.
	got := isolated(t, `
mkdir -p jail/bin jail/inner/bin; cp $(readlink -f $(which sh)) jail/bin/sh; ln jail/bin/sh jail/inner/bin/sh
ln -s sh jail/bin/chroot; ln -s sh jail/bin/ls
echo treasure > outside
chroot jail /bin/sh -c '
	PATH=/bin
	ls outside 2>&1
	chroot --skip-chdir inner /bin/sh -c "cd ..; echo o*; test -f outside && read x < outside; echo \$x"
'`)
	if want := "ls: outside: No such file or directory\noutside\ntreasure\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}

// A signal that process 1 has no handler for is dropped by the kernel. Go's
// runtime has handlers for nearly all; sh and sleep must not show them.
func TestProcessOneIgnoresWhatItDoesNotHandle(t *testing.T) {
	for _, args := range [][]string{{"sleep", "60"}, {"sh", "-c", "while :; do sleep 60; done"}} {
		dir := installed(t)
		cmd := exec.Command(filepath.Join(dir, args[0]), args[1:]...)
		cmd.Args[0] = args[0]
		cmd.Env = []string{"PATH=" + dir}
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWPID,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		}
		if err := cmd.Start(); err != nil {
			t.Skipf("this machine gives no user namespaces: %v", err)
		}
		const term, urg = 1 << (unix.SIGTERM - 1), 1 << (unix.SIGURG - 1)
		// The runtime's handlers are there first; then main takes them away. The
		// runtime sets them in the order of their numbers, and keeps SIGURG's.
		deadline := time.Now().Add(wait.Deadline)
		for caught := uint64(0); caught&urg == 0 || caught&term != 0; caught = mask(t, cmd.Process.Pid, "SigCgt:") {
			if time.Now().After(deadline) {
				t.Fatalf("%v still handles SIGTERM: SigCgt is %x", args, caught)
			}
			time.Sleep(time.Millisecond)
		}
		// From inside: only then does the kernel drop it. From an ancestor
		// namespace too, for it has no handler (pid_namespaces(7)).
		if err := cmd.Process.Signal(unix.SIGTERM); err != nil {
			t.Fatal(err)
		}
		// It may have to wait: a thread that starts a program blocks all signals.
		deadline = time.Now().Add(wait.Deadline)
		for pending := term; pending != 0; pending = int(mask(t, cmd.Process.Pid, "ShdPnd:")) {
			if time.Now().After(deadline) {
				t.Fatalf("%v: a signal is still pending: %x", args, pending)
			}
		}
		if err := cmd.Process.Signal(unix.Signal(0)); err != nil {
			t.Errorf("%v ended: %v", args, err)
		}
		cmd.Process.Kill()
		if cmd.Wait(); cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != unix.SIGKILL {
			t.Errorf("%v ended with %v, want to have lived until SIGKILL", args, cmd.ProcessState)
		}
	}
}

// mask reads a signal mask from /proc/PID/status.
func mask(t *testing.T, pid int, name string) (value uint64) {
	t.Helper()
	text, err := os.ReadFile("/proc/" + itoa(pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			for _, digit := range strings.TrimSpace(rest) {
				value = value<<4 | uint64(strings.IndexRune("0123456789abcdef", digit))
			}
		}
	}
	return value
}
