package layer

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Rights differ, so all tests of this package run again with those of others:
// this file starts the test binary once more in each of these worlds.
const (
	worldVariable = "LAYER_TEST_WORLD"
	ownMounts     = "root with mounts of its own"
	userNamespace = "root of a user namespace"
	ordinaryUser  = "ordinary user"
)

// nobody is the user that root's tests become; no files need be theirs.
const nobody = 65534

func TestMain(m *testing.M) {
	if world := os.Getenv(worldVariable); world == ownMounts || world == userNamespace {
		// What is mounted here must not reach the host.
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			fmt.Fprintln(os.Stderr, "making mounts private:", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func TestInOtherWorlds(t *testing.T) {
	if os.Getenv(worldVariable) != "" {
		return // this is one of them
	}
	id := os.Getuid()
	worlds := map[string]*syscall.SysProcAttr{
		userNamespace: {
			Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		},
	}
	if id == 0 {
		worlds[ownMounts] = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS}
		worlds[ordinaryUser] = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	for world, attr := range worlds {
		t.Run(world, func(t *testing.T) { runInWorld(t, world, attr) })
	}
}

func runInWorld(t *testing.T, world string, attr *syscall.SysProcAttr) {
	// t.TempDir lies in a directory that only its owner may enter.
	temp, err := os.MkdirTemp("", "layer-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(temp) })
	if err := os.Chmod(temp, 0o777); err != nil {
		t.Fatal(err)
	}
	test := exec.Command("/proc/self/exe", "-test.v", "-test.timeout=9m",
		"-test.short="+strconv.FormatBool(testing.Short()))
	test.Dir = temp
	test.Env = append(os.Environ(), worldVariable+"="+world, "TMPDIR="+temp)
	test.SysProcAttr = attr
	output, err := test.CombinedOutput()
	if err != nil && len(output) == 0 {
		t.Skipf("this machine does not allow it: %v", err)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	for line := range strings.Lines(string(output)) {
		if strings.Contains(line, "skipped because") {
			t.Log(strings.TrimRight(line, "\n"))
		}
	}
}

// inOwnMounts skips a test that mounts, unless its mounts are its own.
func inOwnMounts(t *testing.T) {
	t.Helper()
	if world := os.Getenv(worldVariable); world != ownMounts && world != userNamespace {
		t.Skip("skipped because it mounts: TestInOtherWorlds runs it where mounts are private")
	}
}
