package runtime_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"testing"

	"drydock/mini-docker/namespace"
	"drydock/mini-docker/runtime"
	"drydock/testscripts/static"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// TestMain makes this test program three things: the tests, a container's first
// process, and, copied into a root file system as /command, what runs inside.
func TestMain(m *testing.M) {
	static.Become()
	runtime.MaybeInit()
	if os.Args[0] == "/command" {
		os.Exit(inside(os.Args[1:]))
	}
	if len(os.Args) > 1 {
		startAgain(os.Args[1:])
	}
	os.Exit(m.Run())
}

// variants are the two ways a container comes to be: by root, and by anybody
// else in a user namespace.
var variants = map[string]func(*specs.Spec){
	"root": func(*specs.Spec) {},
	"user": func(spec *specs.Spec) {
		host := uint32(os.Getuid())
		if host == 0 {
			host = 65534
		}
		one := []specs.LinuxIDMapping{{ContainerID: 0, HostID: host, Size: 1}}
		spec.Linux.UIDMappings, spec.Linux.GIDMappings = one, one
		spec.Linux.Namespaces = append(spec.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace})
	},
}

// subordinate is how an ordinary user gets a container with many users.
func subordinate(t *testing.T) func(*specs.Spec) {
	t.Helper()
	who, err := user.Current()
	must(t, err)
	own := uint32(os.Getuid())
	uids, err := namespace.Subordinate("/etc/subuid", who.Username, own)
	must(t, err)
	gids, err := namespace.Subordinate("/etc/subgid", who.Username, own)
	must(t, err)
	if _, err := exec.LookPath("newuidmap"); own == 0 || len(uids) == 0 || len(gids) == 0 || err != nil {
		t.Skipf("needs an ordinary user with ranges in /etc/subuid and /etc/subgid, and newuidmap (user %s: %v, %v, %v)",
			who.Username, uids, gids, err)
	}
	mappings := func(own uint32, ranges []namespace.IDMap) (list []specs.LinuxIDMapping) {
		for _, each := range namespace.IDMaps(own, ranges) {
			list = append(list, specs.LinuxIDMapping{ContainerID: each.Inside, HostID: each.Outside, Size: each.Count})
		}
		return list
	}
	return func(spec *specs.Spec) {
		variants["user"](spec)
		spec.Linux.UIDMappings = mappings(own, uids)
		spec.Linux.GIDMappings = mappings(uint32(os.Getgid()), gids)
	}
}

// eachVariant runs the test as every kind of user this machine lets it be.
func eachVariant(t *testing.T, test func(t *testing.T, change func(*specs.Spec))) {
	for name, change := range variants {
		t.Run(name, func(t *testing.T) {
			if name == "root" && os.Getuid() != 0 {
				t.Skip("not root: containers without a user namespace need root")
			}
			test(t, change)
		})
	}
}

// newBundle makes a bundle whose command is this program with the arguments.
func newBundle(t testing.TB, args []string, changes ...func(*specs.Spec)) string {
	t.Helper()
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		must(t, os.Chmod(d, 0o755)) // root in a user namespace is nobody special here
	}
	root := filepath.Join(dir, "rootfs")
	must(t, os.Mkdir(root, 0o755))
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(root, "command"), self, 0o755))
	must(t, os.WriteFile(filepath.Join(root, "text"), []byte("no program"), 0o644))
	for _, name := range []string{"proc", "dev", "sys", "tmp"} {
		must(t, os.Mkdir(filepath.Join(root, name), 0o777))
	}
	spec := defaultSpec(args)
	for _, change := range changes {
		change(spec)
	}
	if os.Getuid() == 0 && len(spec.Linux.UIDMappings) > 0 {
		must(t, filepath.Walk(root, func(path string, _ os.FileInfo, err error) error {
			return errors.Join(err, os.Lchown(path, 65534, 65534))
		}))
	}
	text, err := json.Marshal(spec)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "config.json"), text, 0o644))
	return dir
}

func defaultSpec(args []string) *specs.Spec {
	return &specs.Spec{
		Version: specs.Version,
		Process: &specs.Process{
			Args: append([]string{"/command"}, args...), Cwd: "/tmp", Env: []string{"PATH=/bin:/", "KEY=value"},
		},
		Root:     &specs.Root{Path: "rootfs"},
		Hostname: "inside",
		Mounts: []specs.Mount{
			{Destination: "/proc", Type: "proc", Source: "proc"},
			{Destination: "/dev", Type: "tmpfs", Source: "tmpfs", Options: []string{"nosuid", "mode=755", "size=64k"}},
			{Destination: "/dev/pts", Type: "devpts", Source: "devpts", Options: []string{"newinstance", "ptmxmode=0666"}},
		},
		Linux: &specs.Linux{
			Namespaces: []specs.LinuxNamespace{
				{Type: specs.MountNamespace}, {Type: specs.PIDNamespace}, {Type: specs.UTSNamespace},
				{Type: specs.IPCNamespace}, {Type: specs.NetworkNamespace},
			},
			MaskedPaths:   []string{"/proc/kcore", "/proc/scsi", "/proc/none"},
			ReadonlyPaths: []string{"/proc/sys"},
		},
	}
}

// outcome is how a container went.
type outcome struct {
	exit   int
	output string
	err    error // of Start
}

// run takes a container through its whole life.
func run(t *testing.T, bundle string, change ...func(*runtime.CreateOptions)) outcome {
	t.Helper()
	r := runtime.New(filepath.Join(bundle, "state"))
	read, write, err := os.Pipe()
	must(t, err)
	defer read.Close()
	options := runtime.CreateOptions{ID: "one", Bundle: bundle, Stdout: write, Stderr: write}
	for _, apply := range change {
		apply(&options)
	}
	process, err := r.Create(t.Context(), options)
	write.Close()
	must(t, err)
	var got outcome
	got.err = r.Start(t.Context(), "one")
	output, err := io.ReadAll(read)
	must(t, err)
	got.output = string(output)
	got.exit, err = process.Wait()
	must(t, err)
	must(t, r.Delete("one", false))
	return got
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
