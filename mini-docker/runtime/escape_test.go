package runtime_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/runtime"
	"drydock/mini-docker/security"

	docker "github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Each way out of a container that others have found is tried here, as a
// hostile image or command would; escape_link_test.go has those by way of
// links, escape_attack_test.go what the hostile side does.
//
//	CVE-2019-5736            TestTheRuntimesProgramCannotBeOverwritten
//	CVE-2024-21626           TestNoDescriptorOfTheHostIsInherited,
//	                         TestTheWorkingDirectoryCannotBeAHostDirectory
//	CVE-2021-30465           TestAMountTargetThatIsExchangedStaysInside,
//	                         TestMountsCannotLeaveTheRootThroughLinks (life_test.go)
//	CVE-2025-31133           TestAMaskIsMadeOfTheNullDeviceOnly,
//	                         TestADeviceThatIsALinkIsRefused
//	CVE-2025-52565           TestTheTerminalIsNotMountedThroughALink
//	CVE-2025-52881           TestASysctlIsNotWrittenThroughALink,
//	                         TestAScoreIsNotWrittenThroughALink
//	CVE-2022-0492            TestACgroupCannotBeMountedInside
//	a /proc that is a link   TestTheKernelsFilesAreNotMountedThroughLinks,
//	                         FuzzAHostileRoot (hostile_test.go)
//
// Those that come with a layer are tried where layers are unpacked, in package
// layer: TestApplyRefusesAttacks has "..", absolute and linked parents, hard
// links through links, the whiteout of the parent and devices by these names,
// TestApplyRefusesBombs the bombs by size, ratio and number of entries, and
// TestWhiteoutsApplyToLowerLayersWhateverTheOrder opaque marks in any order.
//
// CVE-2018-15664, a race with `docker cp`, has no test: there is no `cp` yet.

// writableByRoot gives the file, a link itself, to whoever is root in the
// container.
func writableByRoot(t *testing.T, path string, change func(*specs.Spec)) {
	t.Helper()
	spec := defaultSpec(nil)
	change(spec)
	if os.Getuid() == 0 && len(spec.Linux.UIDMappings) > 0 {
		must(t, os.Lchown(path, 65534, 65534))
	}
}

func TestTheRuntimesProgramCannotBeOverwritten(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		bundle := newBundle(t, nil, change, func(s *specs.Spec) {
			// The command is the program that is running already: the runtime.
			s.Process.Args = []string{"/proc/self/exe", "hold-program"}
		})
		program := filepath.Join(bundle, "program")
		text, err := os.ReadFile("/proc/self/exe")
		must(t, err)
		must(t, os.WriteFile(program, text, 0o755))
		writableByRoot(t, program, change)
		creator := exec.Command(program, "create-and-leave", bundle)
		output, err := creator.CombinedOutput() // until the container has ended too
		must(t, err)
		must(t, runtime.New(filepath.Join(bundle, "state")).Delete("one", true))
		if !strings.Contains(string(output), "overwriting: ") {
			t.Errorf("the world is not alive: got %q", output)
		}
		after, err := os.ReadFile(program)
		must(t, err)
		if string(after) != string(text) {
			t.Errorf("the runtime's program was overwritten: %s", output)
		}
	})
}

// leak opens a directory of the host as a careless runtime would: without
// close-on-exec, so that a container's first process inherits it.
func leak(t *testing.T) (fd int) {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "secret"), []byte("of the host"), 0o644))
	low, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	must(t, err)
	defer unix.Close(low)
	// Far from the numbers that the first process gets its own files under.
	fd, err = unix.FcntlInt(uintptr(low), unix.F_DUPFD, 100)
	must(t, err)
	t.Cleanup(func() { unix.Close(fd) })
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		must(t, os.Chmod(d, 0o755))
	}
	return fd
}

func TestNoDescriptorOfTheHostIsInherited(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		fd := leak(t)
		for _, init := range []bool{false, true} {
			bundle := newBundle(t, []string{"read", fmt.Sprintf("/proc/self/fd/%d/secret", fd)}, change)
			got := run(t, bundle, func(o *runtime.CreateOptions) { o.Init = init })
			if !strings.Contains(got.output, "no such file") {
				t.Errorf("init %v: through descriptor %d the command gets %q", init, fd, got.output)
			}
		}
	})
}

func TestTheWorkingDirectoryCannotBeAHostDirectory(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		for _, cwd := range []string{fmt.Sprintf("/proc/self/fd/%d", leak(t)), "/link"} {
			bundle := newBundle(t, []string{"read", "secret"}, change, func(s *specs.Spec) { s.Process.Cwd = cwd })
			must(t, os.Symlink(fmt.Sprintf("/proc/self/fd/%d", leak(t)), filepath.Join(bundle, "rootfs/link")))
			if got, err := tryRun(t, bundle); err == nil || strings.Contains(got, "of the host") {
				t.Errorf("working directory %s: got %q, %v; want that it is refused", cwd, got, err)
			}
		}
	})
}

func TestTheCallersKeysStayOutside(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		for how, want := range map[string]string{"keep": "key: <nil>\n", "leave": "key: required key not available\n"} {
			bundle := newBundle(t, []string{"search-key"}, change)
			output, err := exec.Command("/proc/self/exe", "add-key", bundle, how).CombinedOutput()
			must(t, err)
			if strings.HasPrefix(string(output), "no keys here") {
				t.Skip(string(output))
			}
			if string(output) != want {
				t.Errorf("%s: got %q, want %q", how, output, want)
			}
		}
	})
}

// tryRun runs a container that may well be refused.
func tryRun(t *testing.T, bundle string) (output string, err error) {
	t.Helper()
	r := runtime.New(filepath.Join(bundle, "state"))
	file, err := os.Create(filepath.Join(bundle, "output"))
	must(t, err)
	defer file.Close()
	process, err := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle, Stdout: file, Stderr: file})
	if err != nil {
		return "", err
	}
	err = r.Start(t.Context(), "one")
	process.Wait()
	must(t, r.Delete("one", true))
	text, readErr := os.ReadFile(file.Name())
	must(t, readErr)
	return string(text), err
}

// The release agent of a cgroup is a program that the kernel starts, on the
// host and as root, so whoever can mount a cgroup hierarchy is the host's root.
func TestACgroupCannotBeMountedInside(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("not root: the kernel refuses it to every user namespace but its first")
	}
	with := func(names []string) func(*specs.Spec) {
		return func(s *specs.Spec) {
			s.Process.Capabilities = &specs.LinuxCapabilities{Bounding: names, Permitted: names, Effective: names}
		}
	}
	filtered := func(s *specs.Spec) {
		profile, err := docker.GetDefaultProfile(s)
		must(t, err)
		s.Linux.Seccomp = profile
	}
	bundle := newBundle(t, []string{"mount-cgroup"}, with(security.DefaultCapabilities()))
	if got := run(t, bundle); got.output != "mount: operation not permitted\n" {
		t.Errorf("with the default capabilities: got %q, want that it is refused", got.output)
	}
	// A user namespace would bring every capability back, in there.
	bundle = newBundle(t, []string{"unshare-user"}, with(security.DefaultCapabilities()), filtered)
	if got := run(t, bundle); got.output != "unshare: operation not permitted\n" {
		t.Errorf("with the default filter: got %q, want that it is refused", got.output)
	}
	all := append(security.DefaultCapabilities(), "CAP_SYS_ADMIN")
	got := run(t, newBundle(t, []string{"mount-cgroup"}, with(all)))
	if got.output == "mount: no such device\n" {
		t.Skip("this kernel has no cgroup v1")
	}
	if got.output != "mount: <nil>\nagent: <nil>\n" {
		t.Errorf("without the guard: got %q: the check cannot fail", got.output)
	}
}
