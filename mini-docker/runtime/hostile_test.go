package runtime_test

import (
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"drydock/mini-docker/runtime"
	"drydock/mini-docker/security"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// tree is a root file system by the names of what is not ordinary in it: a link
// by where it leads, a file by "file", and what is missing by "".
type tree map[string]string

// known are the folders that a container needs, some of its files, and places
// for further links that are covered by a mount later.
var known = []string{"proc", "sys", "dev", "dev/pts", "dev/shm", "etc", "etc/resolv.conf", "etc/hosts", "run", "var", "var/run",
	"tmp", "tmp/p", "srv", "dev/l", "srv/l", "run/l"}

// build makes the tree in dir. It is made by way of os.Root: a link that leads
// out of the tree must not be followed here.
func (t tree) build(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range slices.Compact(slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(t)), known...)))) {
		what, isOdd := t[name]
		var err error
		switch {
		case isOdd && what == "":
		case isOdd && what == "file":
			err = root.WriteFile(name, nil, 0o666)
		case isOdd:
			err = root.Symlink(what, name)
		case !strings.HasPrefix(name, "etc/") && path.Base(name) != "l":
			err = root.Mkdir(name, 0o777)
		}
		// What is in a folder that is none, or behind a link that leads out of
		// the tree, is left out.
		if _, expected := errors.AsType[*fs.PathError](err); err != nil && !expected {
			if _, expected := errors.AsType[*os.LinkError](err); !expected {
				return err
			}
		}
	}
	return nil
}

// hostileBundle makes a bundle of a tree; the command looks for what should not
// be seen. Everything that Docker masks is to be masked.
func hostileBundle(t *testing.T, changes ...func(*specs.Spec)) string {
	t.Helper()
	likeDocker := func(s *specs.Spec) {
		s.Mounts = append(s.Mounts,
			specs.Mount{Destination: "/sys", Type: "sysfs", Source: "sysfs", Options: []string{"nosuid", "noexec", "nodev", "ro"}},
			specs.Mount{Destination: "/dev/shm", Type: "tmpfs", Source: "shm"},
			specs.Mount{Destination: "/etc/resolv.conf", Source: "/proc/self/status", Options: []string{"bind"}},
			specs.Mount{Destination: "/etc/hosts", Source: "/proc/self/status", Options: []string{"bind"}},
		)
		s.Linux.MaskedPaths, s.Linux.ReadonlyPaths = security.MaskedPaths(), security.ReadonlyPaths()
		s.Process.Cwd = "/"
	}
	return newBundle(t, []string{"look-around"}, append([]func(*specs.Spec){likeDocker}, changes...)...)
}

// plant puts the tree in the place of the bundle's root file system.
func plant(t *testing.T, bundle string, odd tree, change func(*specs.Spec)) {
	t.Helper()
	root := filepath.Join(bundle, "rootfs")
	command := filepath.Join(bundle, "command")
	if _, err := os.Lstat(command); err != nil {
		must(t, os.Link(filepath.Join(root, "command"), command))
	}
	must(t, os.RemoveAll(root))
	must(t, os.Mkdir(root, 0o755))
	must(t, os.Link(command, filepath.Join(root, "command")))
	must(t, odd.build(root))
	must(t, filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if err == nil {
			writableByRoot(t, name, change)
		}
		return err
	}))
}

// Each of these let a container see all of /proc, and write to it.
var escapes = []struct {
	name   string
	odd    tree
	mounts []specs.Mount
}{
	{"proc behind dev", tree{"proc": "dev/link", "dev/link": "/tmp/p"}, nil},
	{"proc behind a tmpfs", tree{"proc": "srv/l", "srv/l": "/tmp/p"}, []specs.Mount{{Destination: "/srv", Type: "tmpfs", Source: "tmpfs"}}},
	{"proc on the root", tree{"proc": "/"}, nil},
	{"dev on the root", tree{"dev": "/"}, nil},
	{"dev on proc", tree{"dev": "proc"}, nil},
	{"sys on the root", tree{"sys": "/"}, nil},
	{"a tmpfs on proc", tree{}, []specs.Mount{{Destination: "/proc", Type: "tmpfs", Source: "tmpfs"}}},
}

func TestTheKernelsFilesAreNotMountedThroughLinks(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		for _, each := range escapes {
			bundle := hostileBundle(t, change, func(s *specs.Spec) { s.Mounts = append(s.Mounts, each.mounts...) })
			plant(t, bundle, each.odd, change)
			if got, err := tryRun(t, bundle); err == nil {
				t.Errorf("%s: it starts, and sees %q", each.name, got)
			}
			runtime.New(filepath.Join(bundle, "state")).Delete("one", true)
		}
	})
}

// These are as distributions make them: links that lead nowhere until something
// is mounted or made there.
func TestLinksThatLeadNowhereYetAreNoReasonToRefuse(t *testing.T) {
	eachVariant(t, func(t *testing.T, change func(*specs.Spec)) {
		for name, odd := range map[string]tree{
			"systemd's resolv.conf":  {"etc/resolv.conf": "../run/systemd/resolve/stub-resolv.conf"},
			"an absolute one":        {"etc/resolv.conf": "/run/resolvconf/resolv.conf", "run": ""},
			"/var/run without /run":  {"var/run": "/run", "run": ""},
			"a folder in /var/run":   {"var/run": "../run", "run": ""},
			"a working directory":    {"srv": "../../elsewhere/srv"},
			"no folder at all":       {"proc": "", "sys": "", "dev": "", "etc": "", "tmp": "", "run": "", "var": "", "srv": ""},
			"/etc in another folder": {"etc": "usr/etc"},
		} {
			bundle := hostileBundle(t, change, func(s *specs.Spec) {
				s.Process.Cwd = "/srv"
				s.Mounts = append(s.Mounts, specs.Mount{Destination: "/var/run/x", Type: "tmpfs", Source: "tmpfs"})
			})
			plant(t, bundle, odd, change)
			if got, err := tryRun(t, bundle); err != nil || got != allMasked {
				t.Errorf("%s: got %q, %v", name, got, err)
			}
		}
	})
}

// randomTree puts links, files and gaps in the place of some of the known
// folders.
func randomTree(random *rand.Rand) tree {
	odd := tree{}
	for i, name := range known {
		// Without the first three hardly any container starts.
		if i < 3 && random.IntN(4) > 0 {
			continue
		}
		switch random.IntN(10) {
		case 0:
			odd[name] = ""
		case 1:
			odd[name] = "file"
		case 2, 3, 4, 5, 6:
			odd[name] = randomTarget(random)
		}
	}
	return odd
}

// randomTarget is where a link leads, sometimes nowhere.
func randomTarget(random *rand.Rand) string {
	target := known[random.IntN(len(known))]
	switch random.IntN(12) {
	case 0:
		return "/"
	case 1:
		return ".."
	case 2:
		return "../../../" + target
	case 3:
		return "/nowhere/" + target
	case 4:
		return "/proc/self/" + []string{"root", "cwd", "fd/0", "exe", "task"}[random.IntN(5)]
	case 5:
		return target + "/../" + known[random.IntN(len(known))]
	case 6, 7, 8:
		return target
	}
	return "/" + target
}

// randomSettings adds what a person may ask for: file systems in memory, at the
// known folders and below, and a working directory.
func randomSettings(random *rand.Rand) func(*specs.Spec) {
	return func(s *specs.Spec) {
		for range random.IntN(3) {
			at := path.Join("/", known[random.IntN(len(known))], []string{"", "", "x", "sys", "run/x"}[random.IntN(5)])
			mount := specs.Mount{Destination: at, Type: "tmpfs", Source: "tmpfs"}
			s.Mounts = slices.Insert(s.Mounts, random.IntN(len(s.Mounts)+1), mount)
		}
		s.Process.Cwd = path.Join("/", known[random.IntN(len(known))])
	}
}

// FuzzAHostileRoot starts containers on random trees. Each either is refused or
// has every mask in force, seen from inside.
func FuzzAHostileRoot(f *testing.F) {
	// The first ones came through before links were refused.
	for _, seed := range []uint64{28, 101, 200, 523, 529, 581, 645, 887, 912, 1231, 1257, 1392} {
		f.Add(seed)
	}
	for seed := range uint64(50) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 1))
		change := variants["user"]
		if os.Getuid() == 0 && random.IntN(2) == 0 {
			change = variants["root"]
		}
		odd := randomTree(random)
		bundle := hostileBundle(t, change, randomSettings(random))
		plant(t, bundle, odd, change)
		got, err := tryRun(t, bundle)
		runtime.New(filepath.Join(bundle, "state")).Delete("one", true)
		switch {
		case err != nil:
			t.Logf("%v: refused: %v", odd, err)
		case got != allMasked:
			t.Errorf("%v: the command inside sees %q", odd, got)
		default:
			t.Logf("%v: started", odd)
		}
		if after := mountinfo(t); strings.Contains(after, bundle) {
			t.Errorf("%v: it is mounted on the host:\n%s", odd, after)
		}
	})
}

// allMasked is what the command says that has found nothing.
const allMasked = "all is masked\n"
