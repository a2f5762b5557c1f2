package bundle

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"drydock/mini-docker/namespace"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// root and user are what ThisHost says to root and to somebody else.
var (
	root = Host{uids: idRanges{{0, 1 << 32}}, gids: idRanges{{0, 1 << 32}}, Cgroup2: true, VolatileOverlay: true}
	user = Host{UID: 1000, GID: 1000, NewUser: true, uidMap: mappings(namespace.IDMaps(1000, nil)), gidMap: mappings(namespace.IDMaps(1000, nil)), uids: idRanges{{0, 1}}, gids: idRanges{{0, 1}}}
)

// layerWith returns a layer with the given files.
func layerWith(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	passwd = "root:x:0:0:root:/root:/bin/sh\n# comment\nanna:x:1000:100::/home/anna:/bin/sh\nhomeless:x:7:7:::\nbad:x:no:0::/:\n2000:x:0:0::/root:\n3000:x:8:8::/:\n4294967295:x:0:0::/:\n"
	group  = "root:x:0:\nusers:x:100:\nwheel:x:10:root,anna\ntape:x:26:anna\n5:x:0:\n8:x:10:3000\n"
)

func TestFindUser(t *testing.T) {
	layers := []string{layerWith(t, map[string]string{"etc/passwd": passwd, "etc/group": group})}
	for wanted, want := range map[string]string{
		"":            "0:0 [0 10] /root",
		"root":        "0:0 [0 10] /root",
		"anna":        "1000:100 [100 10 26] /home/anna",
		"1000":        "1000:100 [100 10 26] /home/anna",
		"anna:wheel":  "1000:10 [10] /home/anna",
		"anna:5":      "1000:5 [5] /home/anna",
		"1234":        "1234:0 [0] /",
		"1234:users":  "1234:100 [100] /",
		"homeless":    "7:7 [7] /",
		"2000":        "2000:0 [0] /",
		"3000":        "3000:0 [0] /",
		"8":           "8:8 [8 10] /",
		"+8":          "8:8 [8 10] /",
		"0008":        "8:8 [8 10] /",
		"anna:8":      "1000:8 [8] /home/anna",
		"nobody":      "unable to find user nobody: no matching entries in passwd file",
		"anna:nosuch": "unable to find group nosuch: no matching entries in group file",
		"-1":          "unable to find user -1: no matching entries in passwd file",
		"4294967295":  "unable to find user 4294967295: no matching entries in passwd file",
		"bad":         `user bad of the image's /etc/passwd has the id "no"`,
	} {
		found, err := findUser(layers, wanted, root)
		got := fmt.Sprintf("%d:%d %v %s", found.UID, found.GID, found.AdditionalGids, found.home)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", wanted, got, want)
		}
	}
}

func TestAnOrdinaryUserHasOneID(t *testing.T) {
	layers := []string{layerWith(t, map[string]string{"etc/passwd": passwd, "etc/group": group})}
	found, err := findUser(layers, "", user)
	if err != nil || found.UID != 0 || len(found.AdditionalGids) != 0 {
		t.Errorf("root: got %+v, %v; want no further groups, which could not be set", found, err)
	}
	if _, err := findUser(layers, "anna", user); !errors.Is(err, ErrUser) || !strings.Contains(err.Error(), "as root") {
		t.Errorf("another: got %v, want what to do about it", err)
	}
}

func TestUsersComeFromTheTopmostLayerThatHasThem(t *testing.T) {
	below := layerWith(t, map[string]string{"etc/passwd": passwd})
	above := layerWith(t, map[string]string{"etc/passwd": "otto:x:5:5::/:\n"})
	other := layerWith(t, map[string]string{"etc/motd": "hello"})
	if found, err := findUser([]string{other, above, below}, "otto", root); err != nil || found.UID != 5 {
		t.Errorf("got %v, %v", found, err)
	}
	if _, err := findUser([]string{other, above, below}, "anna", root); !errors.Is(err, ErrUser) {
		t.Errorf("a user of a file that is covered: got %v, want none", err)
	}
	opaque := layerWith(t, map[string]string{"etc/motd": "hello"})
	if err := unix.Setxattr(filepath.Join(opaque, "etc"), "user.overlay.opaque", []byte("y"), 0); err != nil {
		t.Skip("no extended attributes here:", err)
	}
	if _, err := findUser([]string{opaque, below}, "anna", root); !errors.Is(err, ErrUser) {
		t.Errorf("a user below a folder that was replaced: got %v, want none", err)
	}
}

func TestTheImageCannotLeadTheReaderOut(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "passwd")
	if err := os.WriteFile(secret, []byte("spy:x:66:66::/:\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{secret, "../../../../../.." + secret} {
		layer := layerWith(t, map[string]string{"etc/motd": ""})
		if err := os.Symlink(target, filepath.Join(layer, "etc/passwd")); err != nil {
			t.Fatal(err)
		}
		if found, err := findUser([]string{layer}, "spy", root); !errors.Is(err, ErrUser) {
			t.Errorf("link to %s: got %v, %v; want no such user", target, found, err)
		}
	}
	// A link within the image is followed, an absolute one too.
	layer := layerWith(t, map[string]string{"lib/users": passwd, "etc/motd": ""})
	if err := os.Symlink("/lib/users", filepath.Join(layer, "etc/passwd")); err != nil {
		t.Fatal(err)
	}
	if found, err := findUser([]string{layer}, "anna", root); err != nil || found.UID != 1000 {
		t.Errorf("link within: got %v, %v", found, err)
	}
	// A pipe must not be waited for.
	layer = layerWith(t, map[string]string{"etc/motd": ""})
	if err := unix.Mkfifo(filepath.Join(layer, "etc/passwd"), 0o644); err != nil {
		t.Fatal(err)
	}
	if found, err := findUser([]string{layer}, "", root); err != nil || found.UID != 0 {
		t.Errorf("pipe: got %v, %v", found, err)
	}
}

func request(t *testing.T) Request {
	return Request{
		Args: []string{"sh"}, Layers: []string{layerWith(t, map[string]string{"etc/passwd": passwd})},
		Hostname: "box", Root: "/root", Upper: t.TempDir(), Work: "/work", ShmBytes: 64 << 20, Host: root,
		HostnameFile: "/files/hostname",
	}
}

func TestEnvironment(t *testing.T) {
	r := request(t)
	r.Terminal, r.User = true, "anna"
	r.Env = []string{"COLOUR=blue", "PATH=/bin", "TERM"}
	spec, err := Spec(r)
	if err != nil {
		t.Fatal(err)
	}
	want := "PATH=/bin HOSTNAME=box COLOUR=blue HOME=/home/anna"
	if got := strings.Join(spec.Process.Env, " "); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMergeEnv(t *testing.T) {
	got := MergeEnv([]string{"A=1", "B=2", "AB=3"}, []string{"A=x", "C=4", "B", "NONE", "C=5"})
	if want := []string{"A=x", "AB=3", "C=5"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTheRootIsTheFirstMount(t *testing.T) {
	r := request(t)
	r.Volatile = true
	spec, err := Spec(r)
	if err != nil {
		t.Fatal(err)
	}
	first := spec.Mounts[0]
	if first.Destination != "/" || first.Type != "overlay" || !slices.Contains(first.Options, "upperdir="+r.Upper) ||
		!slices.Contains(first.Options, "volatile") {
		t.Errorf("got %+v, want the overlay", first)
	}
	if spec.Process.Cwd != "/" || spec.Root.Path != "/root" || spec.Root.Readonly {
		t.Errorf("got cwd %q and root %+v", spec.Process.Cwd, spec.Root)
	}
}

func TestNamespaces(t *testing.T) {
	r := request(t)
	r.Namespaces = map[specs.LinuxNamespaceType]Namespace{
		specs.NetworkNamespace: {Host: true}, specs.PIDNamespace: {Path: "/proc/5/ns/pid"},
	}
	spec, err := Spec(r)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(spec.Linux.Namespaces)
	if want := "[{mount } {pid /proc/5/ns/pid} {uts } {ipc } {cgroup }]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWhatAUserNamespaceChanges(t *testing.T) {
	r := request(t)
	r.Host = user
	r.Namespaces = map[specs.LinuxNamespaceType]Namespace{
		specs.NetworkNamespace: {Host: true}, specs.PIDNamespace: {Host: true},
	}
	spec, err := Spec(r)
	if err != nil {
		t.Fatal(err)
	}
	if got := spec.Linux.UIDMappings; len(got) != 1 || got[0] != (specs.LinuxIDMapping{ContainerID: 0, HostID: 1000, Size: 1}) {
		t.Errorf("id map: got %+v", got)
	}
	if spec.Linux.Namespaces[0].Type != specs.UserNamespace {
		t.Errorf("namespaces: got %+v, want the user namespace first", spec.Linux.Namespaces)
	}
	for _, mount := range spec.Mounts {
		switch mount.Destination {
		case "/proc", "/sys":
			if mount.Type != "bind" {
				t.Errorf("%s: got %+v, want it bound: the kernel refuses a new one", mount.Destination, mount)
			}
		case "/dev/pts":
			if slices.Contains(mount.Options, "gid=5") {
				t.Errorf("/dev/pts: got %v, want no group that is not mapped", mount.Options)
			}
		}
	}
}

func FuzzTables(f *testing.F) {
	f.Add(passwd, "anna:wheel")
	f.Fuzz(func(t *testing.T, text, wanted string) {
		table := parseTable(text)
		found, name, err := lookUpUser(table, wanted)
		if err == nil {
			memberships(table, name, found.GID)
		}
	})
}
