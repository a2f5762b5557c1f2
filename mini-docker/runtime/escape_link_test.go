package runtime_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// While containers are created, another one that shares a volume with them
// keeps exchanging a directory in it for a link out of the root.
func TestAMountTargetThatIsExchangedStaysInside(t *testing.T) {
	outside := t.TempDir()
	must(t, os.Chmod(outside, 0o777))
	bundle := newBundle(t, []string{"exit", "0"}, variants["user"], func(s *specs.Spec) {
		s.Mounts = append(s.Mounts, specs.Mount{Destination: "/tmp/race/a/b/c", Type: "tmpfs", Source: "tmpfs"})
	})
	race, link := filepath.Join(bundle, "rootfs/tmp/race"), filepath.Join(bundle, "rootfs/tmp/link")
	must(t, os.Mkdir(race, 0o777))
	must(t, os.Chmod(race, 0o777))
	must(t, os.Symlink(outside, link))
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				unix.Renameat2(unix.AT_FDCWD, race, unix.AT_FDCWD, link, unix.RENAME_EXCHANGE)
			}
		}
	}()
	inside, attempts := 0, 20
	if testing.Short() {
		attempts = 5
	}
	for range attempts {
		if _, err := tryRun(t, bundle); err == nil {
			inside++
		}
		runtime.New(filepath.Join(bundle, "state")).Delete("one", true)
	}
	close(stop)
	<-stopped
	if entries, _ := os.ReadDir(outside); len(entries) > 0 {
		t.Errorf("made outside the root: %v", entries)
	}
	t.Logf("%d of %d containers came up", inside, attempts)
}

func TestAMaskIsMadeOfTheNullDeviceOnly(t *testing.T) {
	attributes := &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS}
	bundle := newBundle(t, []string{"read", "/proc/kcore"}, variants["user"], func(s *specs.Spec) {
		if os.Getuid() == 0 {
			return
		}
		// Whoever is not root mounts as the root of a user namespace, and has
		// the container's user namespace made in that one.
		attributes.Cloneflags |= unix.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
		s.Linux.UIDMappings[0].HostID, s.Linux.GIDMappings[0].HostID = 0, 0
	})
	command := exec.Command("/proc/self/exe", "create-without-null", bundle)
	command.SysProcAttr = attributes
	output, err := command.CombinedOutput()
	if want := "/dev/null is not the null device"; err != nil || !strings.Contains(string(output), want) {
		t.Errorf("got %q, %v; want %q", output, err, want)
	}
}

// victim is a file of the host that a container must not change.
func victim(t *testing.T) (path string, wantUntouched func()) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "victim")
	must(t, os.WriteFile(path, []byte("untouched"), 0o600))
	return path, func() {
		t.Helper()
		text, err := os.ReadFile(path)
		must(t, err)
		info, err := os.Lstat(path)
		must(t, err)
		if string(text) != "untouched" || info.Mode() != 0o600 {
			t.Errorf("the host's file holds %q now and has the mode %v", text, info.Mode())
		}
	}
}

// withoutDev leaves /dev to the image.
func withoutDev(s *specs.Spec) { s.Mounts = s.Mounts[:1] }

func TestADeviceThatIsALinkIsRefused(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		path, wantUntouched := victim(t)
		bundle := newBundle(t, []string{"exit", "0"}, change, withoutDev)
		writableByRoot(t, path, change)
		must(t, os.Symlink(path, filepath.Join(bundle, "rootfs/dev/null")))
		if _, err := tryRun(t, bundle); err == nil {
			t.Error("got no error: /dev/null of the image is a link to a file of the host")
		}
		wantUntouched()
	})
}

func TestTheTerminalIsNotMountedThroughALink(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		bundle := newBundle(t, []string{"mounts"}, change, func(s *specs.Spec) {
			s.Process.Terminal = true
			s.Mounts = append(s.Mounts[:1], s.Mounts[2]) // /dev/pts, and /dev is the image's
		})
		outside := t.TempDir()
		must(t, os.Mkdir(filepath.Join(bundle, "rootfs/dev/pts"), 0o755))
		writableByRoot(t, filepath.Join(bundle, "rootfs/dev/pts"), change)
		must(t, os.Symlink(filepath.Join(outside, "made"), filepath.Join(bundle, "rootfs/dev/console")))
		tryRun(t, bundle)
		if entries, _ := os.ReadDir(outside); len(entries) > 0 {
			t.Errorf("made outside the root: %v", entries)
		}
	})
}

func TestASysctlIsNotWrittenThroughALink(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		sysctl := func(s *specs.Spec) { s.Linux.Sysctl = map[string]string{"net.ipv4.ip_forward": "1"} }
		got := run(t, newBundle(t, []string{"read", "/proc/sys/net/ipv4/ip_forward"}, change, sysctl))
		if got.output != "1\n" {
			t.Errorf("the world is not alive: ip_forward is %q, want 1", got.output)
		}
		// The image brings its own /proc, and in it a link to what else the
		// runtime could be made to write to.
		bundle := newBundle(t, []string{"read", "/victim"}, change, sysctl, func(s *specs.Spec) {
			s.Mounts = s.Mounts[1:]
			s.Linux.MaskedPaths, s.Linux.ReadonlyPaths = nil, nil
		})
		root := filepath.Join(bundle, "rootfs")
		must(t, os.MkdirAll(filepath.Join(root, "proc/sys/net/ipv4"), 0o755))
		must(t, os.WriteFile(filepath.Join(root, "victim"), []byte("untouched"), 0o666))
		must(t, os.Symlink("/victim", filepath.Join(root, "proc/sys/net/ipv4/ip_forward")))
		must(t, os.Chmod(filepath.Join(root, "victim"), 0o666))
		if _, err := tryRun(t, bundle); err == nil || !strings.Contains(err.Error(), "not proc") {
			t.Errorf("got %v, want that /proc is not proc", err)
		}
		if text, _ := os.ReadFile(filepath.Join(root, "victim")); string(text) != "untouched" {
			t.Errorf("written through the link: %q", text)
		}
	})
}

func TestAScoreIsNotWrittenThroughALink(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		score := 7
		withScore := func(s *specs.Spec) { s.Process.OOMScoreAdj = &score }
		if got := run(t, newBundle(t, []string{"read", "/proc/self/oom_score_adj"}, change, withScore)); got.output != "7\n" {
			t.Errorf("the world is not alive: oom_score_adj is %q, want 7", got.output)
		}
		bundle := newBundle(t, []string{"read", "/victim"}, change, withScore, func(s *specs.Spec) {
			s.Mounts = s.Mounts[1:]
			s.Linux.MaskedPaths, s.Linux.ReadonlyPaths = nil, nil
		})
		root := filepath.Join(bundle, "rootfs")
		must(t, os.MkdirAll(filepath.Join(root, "proc/self"), 0o755))
		must(t, os.WriteFile(filepath.Join(root, "victim"), []byte("untouched"), 0o666))
		must(t, os.Chmod(filepath.Join(root, "victim"), 0o666))
		must(t, os.Symlink("/victim", filepath.Join(root, "proc/self/oom_score_adj")))
		if got, _ := tryRun(t, bundle); strings.Contains(got, "7") {
			t.Errorf("written through the link: %q", got)
		}
		if text, _ := os.ReadFile(filepath.Join(root, "victim")); string(text) != "untouched" {
			t.Errorf("written through the link: %q", text)
		}
	})
}
