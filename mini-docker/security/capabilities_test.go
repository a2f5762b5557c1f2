package security

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// TestMain makes this test program also the one that gives up capabilities,
// which cannot be had back, and the one that is executed after that.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 {
		os.Exit(m.Run())
	}
	switch os.Args[1] {
	case "limited":
		limited(os.Args[2], os.Args[3])
	case "without-setpcap":
		withoutSetpcap()
	case "show":
		show()
	default:
		os.Exit(m.Run())
	}
	os.Exit(0)
}

// only is a process's capabilities with the given ones and no others.
func only(names ...string) Capabilities {
	c, err := ParseCapabilities(&specs.LinuxCapabilities{Bounding: names, Permitted: names, Effective: names})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return c
}

// limited limits the bounding set to CHOWN and SETPCAP, also on a kernel older
// than the table of capabilities, and executes a program.
// With "plain" it does so as root, with "no-root" as somebody whose programs
// gain only what stands in their files. See capabilities(7), securebits.
func limited(how, program string) {
	runtime.LockOSThread()
	numberOf["CAP_OF_TOMORROW"] = 63 // this kernel does not know it: nothing to drop
	err := only("CAP_CHOWN", "CAP_SETPCAP").LimitBounding()
	if err == nil && how == "no-root" {
		err = unix.Prctl(unix.PR_SET_SECUREBITS, 1, 0, 0, 0) // SECBIT_NOROOT
	}
	if err == nil {
		err = syscall.Exec(program, []string{program, "show"}, nil)
	}
	fmt.Println(err)
}

// withoutSetpcap tries to limit the bounding set when it may not any more.
func withoutSetpcap() {
	runtime.LockOSThread()
	err := only("CAP_CHOWN").Apply()
	if err == nil {
		err = only("CAP_CHOWN").LimitBounding()
	}
	fmt.Println(err, errors.Is(err, unix.EPERM))
}

// show prints the capability sets of this thread.
func show() {
	text, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		fmt.Println(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "Cap") {
			fmt.Print(line)
		}
	}
}

// asRoot runs this program again as root, of a user namespace if need be.
func asRoot(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.Command("/proc/self/exe", args...)
	if os.Getuid() != 0 {
		command.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		}
	}
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, output)
	}
	return string(output)
}

const chownAndSetpcap = "0000000000000101"

func TestWhatIsDroppedIsGoneAndTheRestIsKept(t *testing.T) {
	got := asRoot(t, "limited", "plain", "/proc/self/exe")
	if want := "CapBnd:\t" + chownAndSetpcap; !strings.Contains(got, want) {
		t.Errorf("the bounding set is to hold CHOWN and SETPCAP alone: got\n%swant %s", got, want)
	}
}

func TestRootExecutesAProgramAndRegainsNothing(t *testing.T) {
	got := asRoot(t, "limited", "plain", "/proc/self/exe")
	if want := "CapPrm:\t" + chownAndSetpcap; !strings.Contains(got, want) {
		t.Errorf("executing a program as root brings back what was dropped: got\n%swant %s", got, want)
	}
}

// fileCapability writes CAP_CHOWN and CAP_NET_RAW to a copy of this program, as
// setcap(8) does. See capabilities(7), File capability extended attribute
// versioning.
func fileCapability(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	text, err := os.ReadFile("/proc/self/exe")
	if err == nil {
		err = os.WriteFile(path, text, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	value := binary.LittleEndian.AppendUint32(nil, 0x02000000) // version 2, not effective
	for _, word := range []uint32{1<<numberOf["CAP_CHOWN"] | 1<<numberOf["CAP_NET_RAW"], 0, 0, 0} {
		value = binary.LittleEndian.AppendUint32(value, word)
	}
	if err := unix.Setxattr(path, "security.capability", value, 0); err != nil {
		t.Skipf("needs root, who may give capabilities to files: %v", err)
	}
	return path
}

func TestAProgramWithFileCapabilitiesRegainsNothing(t *testing.T) {
	got := asRoot(t, "limited", "no-root", fileCapability(t))
	if want := "CapPrm:\t0000000000000001"; !strings.Contains(got, want) {
		t.Errorf("its file gives the program CHOWN and NET_RAW, of which NET_RAW was dropped: got\n%swant %s", got, want)
	}
}

func TestWhoMayNotDropIsToldWhat(t *testing.T) {
	got := asRoot(t, "without-setpcap")
	if !strings.Contains(got, "CAP_") || !strings.HasSuffix(got, "true\n") {
		t.Errorf("without CAP_SETPCAP: got %q, want an error that names the capability and is EPERM", got)
	}
}

func TestAnUnknownCapabilityIsNamed(t *testing.T) {
	_, err := ParseCapabilities(&specs.LinuxCapabilities{Bounding: []string{"CAP_FLY"}})
	if err == nil || !strings.Contains(err.Error(), "CAP_FLY") {
		t.Errorf("got %v, want CAP_FLY named", err)
	}
}

func ExampleParseCapabilities() {
	_, err := ParseCapabilities(&specs.LinuxCapabilities{Bounding: []string{"CAP_CHOWN", "CAP_SING"}})
	fmt.Println(err)
	// Output: unknown capability "CAP_SING"
}
