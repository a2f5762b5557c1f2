package rootfs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"drydock/mini-docker/rootfs"

	"golang.org/x/sys/unix"
)

// scenes are what a test has done in a mount namespace of its own; each returns
// what is to be known of it, or why it did not come about.
var scenes = map[string]func(dir string) (any, error){
	"pivot":             scenePivot,
	"pivot to nowhere":  scenePivotToNowhere,
	"pivot from shared": scenePivotFromShared,
	"mask":              sceneMask,
	"nothing to mask":   sceneNothingToMask,
	"links":             sceneLinks,
	"mounts":            sceneMounts,
	"tmpfs":             sceneTmpfs,
}

// resultFD is where a scene leaves what it has to tell: whatever else is printed in
// it, by somebody who looks for a fault, goes to the test's own output.
const resultFD = 3

// TestMain makes this test program play a scene if it is asked to.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "scene" {
		result, err := scenes[os.Args[2]](os.Args[3])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		json.NewEncoder(os.NewFile(resultFD, "result")).Encode(result)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// play has a scene played in new namespaces and reads the result.
func play(t *testing.T, scene string, result any) {
	t.Helper()
	command := exec.Command("/proc/self/exe", "scene", scene, t.TempDir())
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS}
	if os.Getuid() != 0 {
		command.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER | unix.CLONE_NEWPID // or proc is refused
		command.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		command.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	command.ExtraFiles = []*os.File{write} // resultFD
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	err = command.Start()
	write.Close()
	if err != nil {
		t.Fatalf("playing %q: %v", scene, err)
	}
	told := json.NewDecoder(read).Decode(result)
	if err := command.Wait(); err != nil {
		t.Fatalf("playing %q: %v", scene, err)
	}
	if told != nil {
		t.Fatalf("playing %q: %v", scene, told)
	}
}

// pivoted is what is seen after PivotRoot.
type pivoted struct {
	Err    string
	Names  []string // in "/"
	Mounts int      // in the namespace
	Cwd    string

	Parent int // the mount that the root is mounted on
	Before int // the one that the old root was mounted on
}

func look(err error) pivoted {
	p := pivoted{Err: fmt.Sprint(err)}
	p.Cwd, _ = os.Getwd()
	entries, _ := os.ReadDir("/")
	for _, entry := range entries {
		p.Names = append(p.Names, entry.Name())
	}
	if text, err := os.ReadFile("/proc/self/mountinfo"); err == nil {
		p.Mounts = strings.Count(string(text), "\n")
		p.Parent = rootParent(string(text))
	}
	return p
}

// rootParent is the mount on which "/" is mounted, -1 if there is no "/": the second
// field of its line in a mountinfo (proc_pid_mountinfo(5)). The topmost "/" counts.
func rootParent(table string) int {
	parent := -1
	for line := range strings.Lines(table) {
		if fields := strings.Fields(line); len(fields) > 4 && fields[4] == "/" {
			parent, _ = strconv.Atoi(fields[1])
		}
	}
	return parent
}

// newRoot mounts a file system on dir that holds one file and /proc.
func newRoot(dir string) error {
	if err := rootfs.Isolate(); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(dir, "proc"), 0o755); err != nil {
		return err
	}
	if err := unix.Mount("/proc", filepath.Join(dir, "proc"), "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "here"), nil, 0o644)
}

func scenePivot(dir string) (any, error) {
	if err := newRoot(dir); err != nil {
		return nil, err
	}
	before, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	p := look(rootfs.PivotRoot(dir))
	p.Before = rootParent(string(before))
	return p, nil
}

func TestPivotRootReplacesTheRoot(t *testing.T) {
	var got pivoted
	play(t, "pivot", &got)
	if got.Err != "<nil>" {
		t.Errorf("PivotRoot returns the error %q, want none", got.Err)
	}
	if want := []string{"here", "proc"}; !slices.Equal(got.Names, want) {
		t.Errorf("/ holds %v, want %v: the new root is not in place", got.Names, want)
	}
	// The new root and the /proc bound into it, with what the host may have
	// mounted below its own.
	if below := hostMountsBelow(t, "/proc"); got.Mounts != 2+below {
		t.Errorf("%d mounts are left, want %d: the old root is still mounted", got.Mounts, 2+below)
	}
	// pivot_root puts the new root in the old one's place. A root that was moved or
	// bound over it is mounted on the old one instead, and hides it.
	if got.Parent != got.Before {
		t.Errorf("the root is mounted on mount %d, want %d, as the old one was: the old root is still mounted below it", got.Parent, got.Before)
	}
	if got.Cwd != "/" {
		t.Errorf("the working directory is %q, want /: it still lies in the old root", got.Cwd)
	}
}

func scenePivotToNowhere(dir string) (any, error) {
	if err := newRoot(dir); err != nil {
		return nil, err
	}
	// Standing on a mount point, a pivot to "." would work by accident.
	if err := os.Chdir(dir); err != nil {
		return nil, err
	}
	return look(rootfs.PivotRoot("/is/not/there")), nil
}

func TestPivotRootToAMissingDirectoryLeavesTheRootAlone(t *testing.T) {
	var got pivoted
	play(t, "pivot to nowhere", &got)
	if got.Err == "<nil>" {
		t.Errorf("PivotRoot to a missing directory: got no error, and / holds %v", got.Names)
	}
	if !strings.Contains(got.Err, "/is/not/there") {
		t.Errorf("got the error %q, which does not name the new root", got.Err)
	}
	if slices.Contains(got.Names, "here") {
		t.Errorf("/ holds %v: the error was passed over and another directory became the root", got.Names)
	}
}

func scenePivotFromShared(dir string) (any, error) {
	if err := newRoot(dir); err != nil {
		return nil, err
	}
	// pivot_root(2): neither the root nor the new root's parent may be shared.
	if err := unix.Mount("", "/", "", unix.MS_SHARED|unix.MS_REC, ""); err != nil {
		return nil, err
	}
	err := rootfs.PivotRoot(dir)
	_, missing := os.Stat(filepath.Join(dir, "here"))
	return [3]bool{err != nil, missing == nil, strings.Contains(fmt.Sprint(err), dir)}, nil
}

func TestPivotRootThatTheKernelRefusesUnmountsNothing(t *testing.T) {
	var got [3]bool
	play(t, "pivot from shared", &got)
	if !got[0] {
		t.Error("PivotRoot out of a shared mount: got no error")
	}
	if !got[1] {
		t.Error("the new root was unmounted although nothing had been pivoted")
	}
	if !got[2] {
		t.Error("the error of pivot_root does not name the new root")
	}
}

func sceneMask(dir string) (any, error) {
	if err := newRoot(dir); err != nil {
		return nil, err
	}
	for _, folder := range []string{"secrets", "settings"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, folder, "file"), []byte("text"), 0o644); err != nil {
			return nil, err
		}
	}
	root, err := rootfs.Open(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	err = errors.Join(root.Mask([]string{"/here", "/secrets", "/proc/missing/below"}),
		root.ReadOnlyPaths([]string{"/settings", "/proc/missing"}))
	if err != nil {
		return nil, err
	}
	hidden, _ := os.ReadDir(filepath.Join(dir, "secrets"))
	return []string{
		fmt.Sprint(os.WriteFile(filepath.Join(dir, "settings/file"), nil, 0o644)),
		fmt.Sprint(os.WriteFile(filepath.Join(dir, "secrets/new"), nil, 0o644)),
		fmt.Sprint(len(hidden)),
		device(filepath.Join(dir, "here")),
	}, nil
}

func TestWhatIsMaskedCannotBeReadOrWritten(t *testing.T) {
	var got []string
	play(t, "mask", &got)
	for i, want := range []string{"read-only file system", "read-only file system", "0", "1:3"} {
		if !strings.Contains(got[i], want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// device returns the number of the device at path.
func device(path string) string {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d:%d", unix.Major(stat.Rdev), unix.Minor(stat.Rdev))
}

// hostMountsBelow counts the mounts strictly below a path.
func hostMountsBelow(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(strings.Fields(line)[4], path+"/") {
			count++
		}
	}
	return count
}
