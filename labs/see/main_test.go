package see

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// childArg is argv[0] of this test binary when it is a process to look at.
const childArg = "see-test-child"

func TestMain(m *testing.M) {
	if os.Args[0] == childArg {
		child(os.Args[1:])
		return
	}
	os.Exit(m.Run())
}

// child does what it is told, says that it is done, and stays until its
// standard input ends.
func child(orders []string) {
	for _, each := range orders {
		var err error
		order, argument, _ := strings.Cut(each, "=")
		switch order {
		case "look":
			err = lookInto(argument)
		case "chroot":
			err = unix.Chroot(argument)
		case "hostname":
			err = unix.Sethostname([]byte("looked-at"))
		case "mount":
			err = unix.Mount("none", "/tmp", "tmpfs", 0, "size=64k")
		case "nobody":
			err = syscall.Setreuid(0, nobody) // the effective user is what counts
		case "grandchild":
			grandchild := exec.Command("/proc/self/exe")
			grandchild.Args = []string{childArg}
			grandchild.Stdin = os.Stdin
			err = grandchild.Start()
		case "wire":
			err = wireGrandchild()
		}
		if err != nil {
			os.Stdout.WriteString(order + ": " + err.Error() + "\n")
			return
		}
	}
	os.Stdout.WriteString("done\n")
	io.Copy(io.Discard, os.Stdin)
}

// lookInto looks, and writes down what it saw.
func lookInto(file string) error {
	s, err := Look(context.Background())
	if err != nil {
		return err
	}
	text, err := json.Marshal(s)
	return errors.Join(err, os.WriteFile(file, text, 0o644))
}

// wireGrandchild starts a process in a network namespace of its own, and wires
// its eth0 to a port of the bridge br0 here. That has an address alone in its subnet,
// as the ends of pods' cables do.
func wireGrandchild() error {
	grandchild := exec.Command("/proc/self/exe")
	grandchild.Args = []string{childArg}
	grandchild.Stdin = os.Stdin
	grandchild.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	if err := grandchild.Start(); err != nil {
		return err
	}
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "br0"}}
	if err := netlink.LinkAdd(bridge); err != nil {
		return err
	}
	port := &netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: "port0", MasterIndex: bridge.Index},
		PeerName:  "eth0", PeerNamespace: netlink.NsPid(grandchild.Process.Pid),
	}
	if err := netlink.LinkAdd(port); err != nil {
		return err
	}
	alone, err := netlink.ParseAddr("10.9.0.1/32")
	if err != nil {
		return err
	}
	return netlink.AddrAdd(port, alone)
}

const nobody = 65534

// ordinary are namespaces that an ordinary user can make, where the machine
// lets them.
const ordinary = unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWUTS |
	unix.CLONE_NEWIPC | unix.CLONE_NEWNET | unix.CLONE_NEWCGROUP

// start runs a child in new namespaces until the test is over, and returns its
// PID once it has done what it was told.
func start(t testing.TB, flags uintptr, orders ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command("/proc/self/exe")
	c.Args = append([]string{childArg}, orders...)
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	if flags&unix.CLONE_NEWUSER != 0 {
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Skipf("this machine does not let this user make namespaces: %v", err)
	}
	t.Cleanup(func() {
		in.Close()
		c.Wait()
	})
	if said, _ := bufio.NewReader(out).ReadString('\n'); said != "done\n" {
		t.Fatalf("the child could not do what it was told: %s", said)
	}
	return c
}
