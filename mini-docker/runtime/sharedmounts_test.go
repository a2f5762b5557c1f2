package runtime_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// shared is what shareMounts finds.
type shared struct {
	Before, During, After []string // mount points below the bundle
	Inside                facts    // of a further command
	Warned, Error         string
}

// shareMounts takes a container without a mount namespace of its own through its
// life, where every mount is shared, as systemd has it. In the namespace that it
// joins, if that is wanted, nobody else is.
func shareMounts(bundle string, joins bool) (found shared, err error) {
	for _, kind := range []uintptr{unix.MS_SLAVE, unix.MS_SHARED} {
		if err := unix.Mount("", "/", "", kind|unix.MS_REC, ""); err != nil {
			return found, err
		}
	}
	task := "/proc/self"
	if joins {
		if task, err = otherMounts(); err != nil {
			return found, err
		}
		if err := joinMounts(bundle, task+"/ns/mnt"); err != nil {
			return found, err
		}
	}
	if found.Before, err = mountsBelow(task, bundle); err != nil {
		return found, err
	}
	r := runtime.New(filepath.Join(bundle, "state"))
	r.Warn = func(text string) { found.Warned += text }
	if _, err := r.Create(context.Background(), runtime.CreateOptions{ID: "one", Bundle: bundle}); err != nil {
		found.Error = err.Error()
	} else if err := lookInside(r, &found, task, bundle); err != nil {
		return found, err
	}
	found.After, err = mountsBelow(task, bundle)
	return found, err
}

// lookInside starts the container, looks around and deletes it.
func lookInside(r *runtime.Runtime, found *shared, task, bundle string) (err error) {
	ctx := context.Background()
	if err := r.Start(ctx, "one"); err != nil {
		return err
	}
	if found.During, err = mountsBelow(task, bundle); err != nil {
		return err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	process, err := r.CommandOf("one")
	if err != nil {
		return err
	}
	process.Args = []string{"/command", "facts"}
	further, err := r.Exec(ctx, runtime.ExecOptions{ID: "one", Process: process, Stdout: write})
	if err != nil {
		return err
	}
	write.Close()
	if err := json.NewDecoder(read).Decode(&found.Inside); err != nil {
		return err
	}
	if _, err := further.Wait(); err != nil {
		return err
	}
	return r.Delete("one", true)
}

// otherMounts makes a mount namespace that nothing but a thread is in.
func otherMounts() (task string, err error) {
	ready := make(chan error)
	go func() {
		goruntime.LockOSThread()
		task = fmt.Sprintf("/proc/%d/task/%d", os.Getpid(), unix.Gettid())
		ready <- unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS)
		select {}
	}()
	return task, <-ready
}

// joinMounts writes into config.json which mount namespace to join.
func joinMounts(bundle, path string) error {
	file := filepath.Join(bundle, "config.json")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	spec := new(specs.Spec)
	if err := json.Unmarshal(text, spec); err != nil {
		return err
	}
	spec.Linux.Namespaces = append(spec.Linux.Namespaces, specs.LinuxNamespace{Type: specs.MountNamespace, Path: path})
	if text, err = json.Marshal(spec); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

// mountsBelow lists the mount points below dir that a task sees.
func mountsBelow(task, dir string) ([]string, error) {
	text, err := os.ReadFile(task + "/mountinfo")
	points := []string{}
	for line := range strings.Lines(string(text)) {
		if below, ok := strings.CutPrefix(strings.Fields(line)[4], dir+"/"); ok {
			points = append(points, below)
		}
	}
	return points, err
}

// shareAgain has another process of this program call shareMounts, with mounts that
// are not the tests'.
func shareAgain(t *testing.T, bundle string, joins bool) (found shared) {
	t.Helper()
	again := exec.Command("/proc/self/exe", "share-mounts", bundle, fmt.Sprint(joins))
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS, Pdeathsig: unix.SIGKILL}
	if os.Getuid() != 0 {
		again.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		again.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		again.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	var complaint bytes.Buffer
	again.Stderr = &complaint
	goruntime.LockOSThread() // for Pdeathsig
	defer goruntime.UnlockOSThread()
	text, err := again.Output()
	if err == nil {
		err = json.Unmarshal(text, &found)
	}
	if err != nil {
		t.Fatalf("%v: %s%s", err, text, complaint.Bytes())
	}
	return found
}

// A namespace that config.json does not list is the caller's: see OCI runtime-spec
// config-linux.md, Namespaces.
func TestMountsThatAreSharedEndWithTheContainer(t *testing.T) {
	ownedByNone := func(s *specs.Spec) { s.Linux.Namespaces, s.Linux.MaskedPaths = s.Linux.Namespaces[1:], nil }
	for _, joins := range []bool{false, true} {
		t.Run(fmt.Sprintf("joins %t", joins), func(t *testing.T) {
			found := shareAgain(t, newBundle(t, []string{"hang"}, ownedByNone), joins)
			want := []string{"rootfs", "rootfs/dev", "rootfs/dev/pts", "rootfs/proc", "rootfs/proc/sys"}
			slices.Sort(found.During)
			found.During = slices.DeleteFunc(found.During, func(point string) bool { // devices, bound for an ordinary user
				return filepath.Dir(point) == "rootfs/dev" && point != "rootfs/dev/pts"
			})
			// Once, and none for another peer of a mount that is shared.
			if len(found.Before)+len(found.After) > 0 || !slices.Equal(found.During, want) || found.Error != "" {
				t.Errorf("got %+v, want %q while it runs and no mounts before and after", found, want)
			}
			if !slices.Contains(found.Inside.Root, "command") || slices.Contains(found.Inside.Root, "etc") {
				t.Errorf("a further command has the root %q, want the container's", found.Inside.Root)
			}
			if !strings.Contains(found.Warned, "no new mount namespace") {
				t.Errorf("warned of %q, want what it means", found.Warned)
			}
			failing := newBundle(t, []string{"hang"}, ownedByNone, func(s *specs.Spec) { s.Process.Cwd = "/text" })
			if found := shareAgain(t, failing, joins); found.Error == "" || len(found.After) > 0 {
				t.Errorf("one that cannot be created: got %q, left %q", found.Error, found.After)
			}
		})
	}
}

// config.json says how far what is mounted inside is seen, inside.
func TestTheRootIsPropagatedAsConfigSays(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		for kind, want := range map[string]string{
			"": "", "private": "", "rslave": "", "shared": "shared:", "rshared": "shared:", "unbindable": "unbindable", "runbindable": "unbindable",
		} {
			got := run(t, newBundle(t, []string{"read", "/proc/self/mountinfo"}, change, func(s *specs.Spec) { s.Linux.RootfsPropagation = kind }))
			fields := strings.Fields(got.output)
			if got.err != nil || len(fields) < 7 || fields[4] != "/" {
				t.Errorf("%q: got %+v", kind, got)
				continue
			}
			optional, _, _ := strings.Cut(strings.Join(fields[6:], " "), "-")
			isRight := strings.Contains(optional, want)
			if want == "" {
				isRight = !strings.Contains(optional, "shared") && !strings.Contains(optional, "unbindable")
			}
			if !isRight {
				t.Errorf("%q: got %q, want %q", kind, optional, want)
			}
		}
	})
}

// As runtime-tools have it.
func TestAMaskHidesWhatIsBelowItAsWell(t *testing.T) {
	bundle := newBundle(t, []string{"read", "/tmp/below/file"}, variants["user"], func(s *specs.Spec) {
		s.Linux.MaskedPaths = []string{"/tmp", "/tmp/below", "/tmp/below/file"}
	})
	must(t, os.Mkdir(filepath.Join(bundle, "rootfs/tmp/below"), 0o777))
	must(t, os.WriteFile(filepath.Join(bundle, "rootfs/tmp/below/file"), []byte("secret"), 0o666))
	if got := run(t, bundle); got.err != nil || strings.Contains(got.output, "secret") || !strings.Contains(got.output, "no such file") {
		t.Errorf("got %+v, want that there is no such file", got)
	}
}
