package runtime_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// asSpecWritesIt is the mount that `runc spec` writes into every bundle.
func asSpecWritesIt(s *specs.Spec) {
	s.Mounts = append(s.Mounts,
		specs.Mount{Destination: "/sys", Type: "sysfs", Source: "sysfs", Options: []string{"ro"}},
		specs.Mount{Destination: "/sys/fs/cgroup", Type: "cgroup", Source: "cgroup",
			Options: []string{"nosuid", "noexec", "nodev", "relatime", "ro"}})
}

// Of version 1 the container sees its own groups and no other, with a cgroup
// namespace and without; of version 2 without one it sees the machine's.
func TestTheContainerSeesItsOwnCgroups(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("not root: there are no cgroups to be seen")
	}
	trees, err := runtime.New(t.TempDir()).Cgroups()
	must(t, err)
	if trees.Version() == 0 {
		t.Skip("no cgroups can be made here")
	}
	for name, namespaces := range map[string][]specs.LinuxNamespace{"without": nil, "with a namespace": {{Type: specs.CgroupNamespace}}} {
		t.Run(name, func(t *testing.T) {
			if namespaces == nil && trees.Version() == 2 {
				t.Skip("cgroups of version 2 without a namespace: the container sees the machine's, as with runc")
			}
			got := run(t, newBundle(t, []string{"cgroups"}, asSpecWritesIt, func(s *specs.Spec) {
				s.Linux.CgroupsPath = fmt.Sprintf("/shown-%d", os.Getpid())
				s.Linux.Namespaces = append(s.Linux.Namespaces, namespaces...)
			}))
			if got.exit != 0 || got.err != nil || !strings.HasPrefix(got.output, "groups: 0, can write: false, trees: ") ||
				strings.HasSuffix(got.output, "trees: 0\n") {
				t.Errorf("got %+v, want trees without groups below the container's, and nothing that can be written", got)
			}
		})
	}
}

// showCgroups tells what a command sees of cgroups.
func showCgroups() {
	groups, trees := 0, 0
	filepath.WalkDir("/sys/fs/cgroup", func(path string, entry fs.DirEntry, err error) error {
		switch _, statErr := os.Stat(filepath.Join(path, "cgroup.procs")); {
		case err != nil || !entry.IsDir() || statErr != nil:
		case filepath.Dir(path) == "/sys/fs/cgroup" || path == "/sys/fs/cgroup":
			trees++
		default:
			groups++
		}
		return nil
	})
	canWrite := os.Mkdir("/sys/fs/cgroup/made", 0o755) == nil
	if trees > 0 {
		inside, _ := filepath.Glob("/sys/fs/cgroup/*/cgroup.procs")
		for _, each := range inside {
			canWrite = canWrite || os.Mkdir(filepath.Join(filepath.Dir(each), "made"), 0o755) == nil
		}
	}
	fmt.Printf("groups: %d, can write: %t, trees: %d\n", groups, canWrite, trees)
}

func TestATerminalThatNobodyTakesIsRefused(t *testing.T) {
	bundle := newBundle(t, []string{"exit", "0"}, func(s *specs.Spec) { s.Process.Terminal = true })
	r := runtime.New(filepath.Join(bundle, "state"))
	_, err := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle, Detached: true})
	if err == nil || !strings.Contains(err.Error(), "console socket") {
		t.Errorf("got %v, want that a console socket is missed", err)
	}
	bundle = newBundle(t, []string{"exit", "0"})
	_, err = runtime.New(filepath.Join(bundle, "state")).Create(t.Context(),
		runtime.CreateOptions{ID: "one", Bundle: bundle, ConsoleSocket: filepath.Join(bundle, "none")})
	if err == nil || !strings.Contains(err.Error(), "process.terminal is not set") {
		t.Errorf("got %v, want that no terminal is asked for", err)
	}
}

// As `runc spec` writes it: ambient capabilities that are not inheritable. And one
// of a kernel that is yet to come.
func TestCapabilitiesThatCannotBeGivenAreWarnedOf(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		bundle := newBundle(t, []string{"facts"}, change, func(s *specs.Spec) {
			kill := []string{"CAP_KILL"}
			s.Process.Capabilities = &specs.LinuxCapabilities{
				Bounding: []string{"CAP_KILL", "CAP_FUTURE"}, Permitted: kill, Effective: kill, Ambient: kill,
			}
		})
		r := runtime.New(filepath.Join(bundle, "state"))
		var warnings []string
		r.Warn = func(text string) { warnings = append(warnings, text) }
		process, err := r.Create(t.Context(), runtime.CreateOptions{ID: "one", Bundle: bundle})
		must(t, err)
		must(t, r.Start(t.Context(), "one"))
		if exit, err := process.Wait(); exit != 0 || err != nil {
			t.Errorf("got %d, %v", exit, err)
		}
		must(t, r.Delete("one", false))
		text := strings.Join(warnings, "\n")
		if !strings.Contains(text, "CAP_FUTURE") || !strings.Contains(text, "ambient: CAP_KILL") {
			t.Errorf("got warnings %q, want both capabilities named", text)
		}
	})
}
