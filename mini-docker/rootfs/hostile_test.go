package rootfs_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/rootfs"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// hostile are root file systems as an image may bring them: links, by name, and
// what is mounted. What is expected is a part of the error, or "" if it is to
// work.
var hostile = []struct {
	name   string
	links  map[string]string
	mounts []specs.Mount
	want   string
}{
	{"an honest one", nil, []specs.Mount{proc, dev}, ""},
	{"/proc is a link that is covered later", map[string]string{"proc": "dev/link", "dev/link": "/tmp/p"}, []specs.Mount{proc, dev}, "symbolic link"},
	{"/proc is a link into a tmpfs", map[string]string{"proc": "srv/l", "srv/l": "/tmp/p"}, []specs.Mount{proc, tmpfs("/srv")}, "symbolic link"},
	{"/proc is a link to the root", map[string]string{"proc": "/"}, []specs.Mount{proc}, "symbolic link"},
	{"/dev is a link to the root", map[string]string{"dev": "/"}, []specs.Mount{dev}, "symbolic link"},
	{"/dev is a link to /proc", map[string]string{"dev": "proc"}, []specs.Mount{proc, dev}, "symbolic link"},
	{"proc elsewhere, by a link", map[string]string{"else": "/tmp"}, []specs.Mount{{Destination: "/else/proc", Type: "proc", Source: "proc"}}, "symbolic link"},
	{"a folder is a link to the root", map[string]string{"data": "/"}, []specs.Mount{tmpfs("/data")}, "the root itself"},
	{"a folder is a link above the root", map[string]string{"data": "../../.."}, []specs.Mount{tmpfs("/data")}, "the root itself"},
	{"the root by its name", nil, []specs.Mount{tmpfs("/tmp/..")}, "the root itself"},
	{"a tmpfs on /proc", nil, []specs.Mount{tmpfs("/proc")}, "hide a part of /proc"},
	{"a tmpfs in /proc", nil, []specs.Mount{proc, tmpfs("/proc/sys")}, "hide a part of /proc"},
	{"a tmpfs in /proc, by a link", map[string]string{"data": "/proc/sys"}, []specs.Mount{proc, tmpfs("/data")}, "hide a part of /proc"},
	{"a file in /proc, by a link", map[string]string{"etc": "proc"}, []specs.Mount{proc, bind("/etc/version")}, "hide a part of /proc"},
	{"a folder bound to /dev, by a link", map[string]string{"data": "/dev"}, []specs.Mount{proc, dev, {Destination: "/data", Source: "/tmp", Options: []string{"bind"}}}, "leads to /dev"},
	{"a folder bound into /dev, by a link", map[string]string{"data": "/dev/mine"}, []specs.Mount{proc, dev, tmpfs("/data")}, ""},
	{"a folder bound to /proc", nil, []specs.Mount{{Destination: "/proc", Source: "/tmp", Options: []string{"bind"}}}, "hide a part of /proc"},
	{"a name in an own namespace", map[string]string{"data": "/proc/self/root/tmp"}, []specs.Mount{proc, tmpfs("/data")}, "too many levels"},
	{"a misspelt option", nil, []specs.Mount{{Destination: "/tmp/x", Source: "/tmp", Options: []string{"bind", "nosuit"}}}, `"nosuit" is unknown`},
	{"an option that no tmpfs has", nil, []specs.Mount{{Destination: "/tmp/x", Type: "tmpfs", Options: []string{"sise=1"}}}, "sise"},
	{"a file on a folder", nil, []specs.Mount{bind("/tmp")}, "is a directory"},
	{"a dangling link to a file", map[string]string{"resolv": "../run/systemd/resolv"}, []specs.Mount{bind("/resolv")}, ""},
	{"a dangling link to a folder", map[string]string{"var": "/elsewhere/var"}, []specs.Mount{tmpfs("/var/run/x")}, ""},
}

var (
	proc = specs.Mount{Destination: "/proc", Type: "proc", Source: "proc"}
	dev  = tmpfs("/dev")
)

func tmpfs(destination string) specs.Mount {
	return specs.Mount{Destination: destination, Type: "tmpfs", Source: "tmpfs"}
}

// bind binds a file.
func bind(destination string) specs.Mount {
	return specs.Mount{Destination: destination, Source: "/proc/self/status", Options: []string{"bind"}}
}

// emptyRoot mounts a file system on dir that holds folders and the links.
func emptyRoot(dir string, links map[string]string) (*rootfs.Root, error) {
	if err := rootfs.Isolate(); err != nil {
		return nil, err
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
		return nil, err
	}
	for _, name := range []string{"proc", "dev", "tmp/p", "srv", "etc"} {
		if _, isLink := links[name]; !isLink {
			if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
				return nil, err
			}
		}
	}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	return rootfs.Open(dir)
}

func sceneLinks(dir string) (any, error) {
	var got []string
	for _, each := range hostile {
		root, err := emptyRoot(dir, each.links)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", each.name, err)
		}
		for _, mount := range each.mounts {
			err = errors.Join(err, root.Mount(mount))
		}
		root.Close()
		got = append(got, fmt.Sprint(err))
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			return nil, err
		}
	}
	return got, nil
}

func TestAHostileRootIsRefused(t *testing.T) {
	var got []string
	play(t, "links", &got)
	for i, each := range hostile {
		if each.want == "" && got[i] != "<nil>" || !strings.Contains(got[i], each.want) {
			t.Errorf("%s: got %q, want %q", each.name, got[i], each.want)
		}
	}
}

func sceneNothingToMask(dir string) (any, error) {
	root, err := emptyRoot(dir, map[string]string{"sys": "proc", "link": "/etc"})
	if err != nil {
		return nil, err
	}
	defer root.Close()
	before := root.Mask([]string{"/proc/kcore"}) // no /proc yet
	if err := root.Mount(proc); err != nil {
		return nil, err
	}
	return []string{
		fmt.Sprint(before),
		fmt.Sprint(root.Mask([]string{"/etc/missing"})),
		fmt.Sprint(root.Mask([]string{"/link"})),
		fmt.Sprint(root.ReadOnlyPaths([]string{"/sys/firmware"})),
		fmt.Sprint(root.ReadOnlyPaths([]string{"/nowhere/at/all"})),
		fmt.Sprint(root.Mask([]string{"/proc/nothing", "/proc/nothing/below"})),
	}, nil
}

func TestProtectionThatFindsNothingFailsUnlessTheKernelHasNothing(t *testing.T) {
	var got []string
	play(t, "nothing to mask", &got)
	nothing, link := "nothing to protect", "symbolic link"
	for i, want := range []string{nothing, nothing, link, link, nothing, "<nil>"} {
		if !strings.Contains(got[i], want) {
			t.Errorf("got %q, want %q", got[i], want)
		}
	}
}

func sceneMounts(dir string) (any, error) {
	root, err := emptyRoot(dir, nil)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	source := filepath.Join(dir, "srv")
	if err := os.Mkdir(filepath.Join(source, "below"), 0o755); err != nil {
		return nil, err
	}
	if err := unix.Mount("tmpfs", filepath.Join(source, "below"), "tmpfs", 0, ""); err != nil {
		return nil, err
	}
	write := func(options ...string) string {
		at := "/tmp/" + options[len(options)-1]
		err := root.Mount(specs.Mount{Destination: at, Source: source, Options: options})
		if err != nil {
			return err.Error()
		}
		above := os.WriteFile(filepath.Join(dir, at, "x"), nil, 0o644)
		below := os.WriteFile(filepath.Join(dir, at, "below/x"), nil, 0o644)
		return fmt.Sprintf("%t %t", above == nil, below == nil)
	}
	return []string{
		write("bind"), write("rbind"), write("rbind", "ro"), write("rbind", "rro"),
		write("rbind", "rro", "rrw"), write("rbind", "ro", "rw"), write("rbind", "ro", "relatime", "noatime"),
	}, nil
}

func TestReadOnlyReachesAsFarAsItSays(t *testing.T) {
	var got []string
	play(t, "mounts", &got)
	for i, want := range []string{"true true", "true true", "false true", "false false", "true true", "true true", "false true"} {
		if got[i] != want {
			t.Errorf("%d: writing above and below a bind: got %q, want %q", i, got[i], want)
		}
	}
}
