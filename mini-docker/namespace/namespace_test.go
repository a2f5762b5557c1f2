package namespace_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"drydock/mini-docker/namespace"

	"golang.org/x/sys/unix"
)

var allKinds = []namespace.Kind{namespace.Mount, namespace.PID, namespace.UTS, namespace.IPC,
	namespace.Network, namespace.Cgroup, namespace.User}

// TestMain makes this test program also the child that looks around.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "look" {
		look()
	}
	if len(os.Args) > 1 && os.Args[1] == "start" {
		startChild(os.Args[2] == "protected")
	}
	os.Exit(m.Run())
}

// look prints the child's namespaces.
func look() {
	for _, kind := range allKinds {
		id, err := namespace.ID(0, kind)
		fmt.Println(kind, id, err)
	}
	io.Copy(io.Discard, os.Stdin) // for as long as the parent wants
	os.Exit(0)
}

// flagName says which flag makes a namespace of the kind new.
var flagName = map[namespace.Kind]string{
	namespace.Mount: "CLONE_NEWNS", namespace.PID: "CLONE_NEWPID", namespace.UTS: "CLONE_NEWUTS",
	namespace.IPC: "CLONE_NEWIPC", namespace.Network: "CLONE_NEWNET", namespace.Cgroup: "CLONE_NEWCGROUP",
	namespace.User: "CLONE_NEWUSER",
}

// lookIn starts a child in new namespaces of the kinds and returns what it saw.
func lookIn(t *testing.T, path string, kinds ...namespace.Kind) string {
	t.Helper()
	flags, err := namespace.CloneFlags(kinds)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, "look")
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", kinds, err, output)
	}
	return string(output)
}

func TestEachFlagMakesItsOwnKindNewAndNoOther(t *testing.T) {
	for _, kind := range allKinds {
		kinds := []namespace.Kind{kind}
		if kind != namespace.User && os.Geteuid() != 0 {
			kinds = append(kinds, namespace.User) // so that anybody may
		}
		seen := lookIn(t, "/proc/self/exe", kinds...)
		for _, each := range allKinds {
			own, err := namespace.ID(os.Getpid(), each)
			if err != nil {
				t.Fatal(err)
			}
			shared := strings.Contains(seen, fmt.Sprintf("%s %d <nil>\n", each, own))
			switch wanted := slices.Contains(kinds, each); {
			case wanted && shared:
				t.Errorf("%s namespace %d is the sandbox's own: the flags for %v lack %s", each, own, kinds, flagName[each])
			case !wanted && !shared:
				t.Errorf("%s namespace is not the sandbox's own, %d: the flags for %v have %s, which was not asked for",
					each, own, kinds, flagName[each])
			}
		}
	}
}

// What is put together must not depend on the order in which it is asked for, nor on
// how many there are: all sets of kinds are tried, each in both directions.
func TestTheFlagsOfSeveralKindsAreThoseOfEach(t *testing.T) {
	flagsOf := func(kinds ...namespace.Kind) uintptr {
		flags, err := namespace.CloneFlags(kinds)
		if err != nil {
			t.Fatal(err)
		}
		return flags
	}
	for set := range 1 << len(allKinds) {
		var kinds []namespace.Kind
		var want uintptr
		for n, kind := range allKinds {
			if set>>n&1 == 1 {
				kinds = append(kinds, kind)
				want |= flagsOf(kind)
			}
		}
		for range 2 {
			if got := flagsOf(kinds...); got != want {
				t.Errorf("the flags for %v: got %#x, want %#x, which is those of each together", kinds, got, want)
			}
			slices.Reverse(kinds)
		}
	}
}

func TestAnUnknownKindIsNamed(t *testing.T) {
	if _, err := namespace.CloneFlags([]namespace.Kind{namespace.UTS, "moon"}); err == nil || !strings.Contains(err.Error(), "moon") {
		t.Errorf(`got %v, want an error with "moon"`, err)
	}
}

// startChild starts this program once more, from Executable or directly, says
// under which number, and ends with it.
func startChild(protected bool) {
	path := "/proc/self/exe"
	if protected {
		self, err := namespace.Executable(namespace.SelfExe)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		defer self.Close() // not before: a file that nobody holds is closed
		path = fmt.Sprintf("/proc/self/fd/%d", self.Fd())
	}
	child := exec.Command(path, "look")
	child.Stdin = os.Stdin
	output, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err == nil {
		// Start returns while the kernel is still busy with execve(2), and until
		// it is done /proc/PID/exe is the program before: wait for the first word.
		_, err = output.Read(make([]byte, 1))
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(child.Process.Pid)
	io.Copy(io.Discard, output)
	child.Wait()
	os.Exit(0)
}

// overwrite does what CVE-2019-5736 is about: it holds on to the program of a
// process by way of /proc/PID/exe until nobody runs it any more, since a program
// that runs cannot be written to, and writes to it then.
func overwrite(t *testing.T, program, how string) error {
	t.Helper()
	starter := exec.Command(program, "start", how)
	stdin, err := starter.StdinPipe()
	must(t, err)
	stdout, err := starter.StdoutPipe()
	must(t, err)
	must(t, starter.Start())
	var pid int
	_, err = fmt.Fscan(stdout, &pid)
	must(t, err)
	held, err := unix.Open(fmt.Sprintf("/proc/%d/exe", pid), unix.O_PATH, 0)
	must(t, err)
	defer unix.Close(held)
	stdin.Close()
	must(t, starter.Wait())
	file, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", held), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.Write([]byte{0x7f}) // the byte it begins with
	return err
}

func TestTheProgramCannotBeOverwrittenThroughExecutable(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	text, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	must(t, os.WriteFile(program, text, 0o755))
	err = overwrite(t, program, "protected")
	if !errors.Is(err, unix.EROFS) && !errors.Is(err, unix.EPERM) {
		t.Errorf("overwriting the program of a child started from Executable: got %v, want that it is refused", err)
	}
	if err := overwrite(t, program, "directly"); err != nil {
		t.Errorf("overwriting the program of a child started directly: got %v, want that it works", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestIDMaps(t *testing.T) {
	file := filepath.Join(t.TempDir(), "subuid")
	if err := os.WriteFile(file, []byte("anna:100000:65536\nben:200000:10\n1000:300000:5\n\nanna:400000:2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		number uint32
		want   []namespace.IDMap
	}{
		{"anna", 7, []namespace.IDMap{{0, 7, 1}, {1, 100000, 65536}, {65537, 400000, 2}}},
		{"carl", 1000, []namespace.IDMap{{0, 1000, 1}, {1, 300000, 5}}},
		{"dora", 8, []namespace.IDMap{{0, 8, 1}}},
	} {
		ranges, err := namespace.Subordinate(file, test.name, test.number)
		if got := namespace.IDMaps(test.number, ranges); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, %v; want %v", test.name, got, err, test.want)
		}
	}
	if ranges, err := namespace.Subordinate("/is/not/there", "anna", 7); len(ranges) != 0 || err != nil {
		t.Errorf("without the file: got %v, %v; want none", ranges, err)
	}
	if err := os.WriteFile(file, []byte("anna:many:5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := namespace.Subordinate(file, "anna", 7); err == nil || !strings.Contains(err.Error(), "anna:many:5") {
		t.Errorf("a damaged line: got %v, want it named", err)
	}
}

func ExampleCloneFlags() {
	flags, err := namespace.CloneFlags([]namespace.Kind{namespace.PID, namespace.UTS})
	fmt.Println(flags == unix.CLONE_NEWPID|unix.CLONE_NEWUTS, err)
	// Output: true <nil>
}
