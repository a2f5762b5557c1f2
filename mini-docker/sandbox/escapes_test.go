package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The ways out of a sandbox that are known. Each runs inside, as root there, and
// returns what it got out by, or why it did not. None does harm where it works:
// it opens for writing what it could write to, and looks for the marker.

// outsider is what the one who tries knows of the outside.
type outsider struct {
	Marker string // a file of the host that everybody may write
	Key    int    // a key in the session of who started the sandbox
	Handed bool   // root made the sandbox's cgroups and handed them over
}

// errHeld says that a way is no way out.
var errHeld = errors.New("held")

type escape func(o outsider) error // nil: out

func escapes() map[string]escape {
	return map[string]escape{
		"descriptors":      throughDescriptors,
		"init":             throughDescriptorsOfInit,
		"magic links":      throughMagicLinks,
		"unmounting":       byUnmounting,
		"remounting":       byRemounting,
		"lent":             byLent,
		"fresh proc":       func(outsider) error { return bySetting("proc", settings) },
		"fresh sysfs":      func(outsider) error { return bySetting("sysfs", devices) },
		"proc":             func(outsider) error { return openAny("/proc", settings) },
		"sysfs":            func(outsider) error { return openAny("/sys", devices) },
		"file systems":     byFileSystems,
		"control groups":   byControlGroups,
		"device nodes":     byDeviceNodes,
		"keyrings":         byKeys,
		"machine":          byMachine,
		"other namespaces": byNamespaces,
	}
}

// try runs one of them, and tells what came of it.
func try(args []string) int {
	var o outsider
	fmt.Sscan(args[2], &o.Key)
	fmt.Sscan(args[3], &o.Handed)
	o.Marker = args[1]
	if err := escapes()[args[0]](o); err != nil {
		fmt.Println(err)
		return 0
	}
	fmt.Println("OUT by", args[0])
	return 1
}

// leadsOut says whether an open file is a part of the host: a file or directory
// of a file system that is not mounted inside. What has no name leads nowhere.
func leadsOut(fd int, o outsider) bool {
	var stat unix.Stat_t
	if unix.Fstat(fd, &stat) != nil {
		return false
	}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFBLK:
		return true
	case unix.S_IFDIR:
		up := fmt.Sprintf("/proc/self/fd/%d%s%s", fd, strings.Repeat("/..", 40), o.Marker)
		if _, err := os.Stat(up); err == nil {
			return true
		}
	case unix.S_IFREG:
		if stat.Nlink == 0 {
			return false
		}
	default:
		return false
	}
	text, _ := os.ReadFile("/proc/self/mountinfo")
	device := fmt.Sprintf("%d:%d", unix.Major(stat.Dev), unix.Minor(stat.Dev))
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); fields[2] == device && fields[3] == "/" {
			return false
		}
	}
	return true
}

// typist types a command into its terminal, for whoever reads that next. See
// TIOCSTI in ioctl_tty(2).
func typist(args []string) int {
	for _, key := range []byte("touch " + args[0] + "\n") {
		for _, fd := range []int{0, 1, 2} {
			unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCSTI, uintptr(unsafe.Pointer(&key)))
		}
	}
	return 0
}

// stranger calls the process outside in odd ways: with no end of words, with
// words that are none, and idly, over and over.
func stranger(args []string) int {
	dial := func() *net.UnixConn {
		connection, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: HostSocket, Net: "unix"})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return connection
	}
	streams := unix.UnixRights(0, 1, 2)
	odd := []string{`{"Args":null}`, `{"Args":[]}`, `{}`, `[`, `null`, `{"Args":[""]}`, "\x00", ""}
	for _, words := range odd {
		connection := dial()
		connection.WriteMsgUnix([]byte{0}, streams, nil)
		io.WriteString(connection, words)
		connection.CloseWrite()
		io.Copy(io.Discard, connection)
		connection.Close()
	}
	endless := dial()
	endless.WriteMsgUnix([]byte{0}, streams, nil)
	io.WriteString(endless, `{"Args":["`)
	chunk := bytes.Repeat([]byte("a"), 1<<20)
	for range 200 {
		endless.SetWriteDeadline(time.Now().Add(time.Minute))
		if _, err := endless.Write(chunk); err != nil {
			break
		}
	}
	endless.Close()
	var idle []*net.UnixConn
	for range 120 {
		connection := dial()
		connection.WriteMsgUnix([]byte{0}, streams, nil)
		idle = append(idle, connection)
	}
	return ask([]string{"still", "there", fmt.Sprint(len(idle))})
}
