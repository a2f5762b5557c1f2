package security

import (
	"fmt"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// numberOf gives each capability's bit. See capabilities(7) and
// linux/capability.h.
var numberOf = map[string]uint{
	"CAP_CHOWN": 0, "CAP_DAC_OVERRIDE": 1, "CAP_DAC_READ_SEARCH": 2, "CAP_FOWNER": 3,
	"CAP_FSETID": 4, "CAP_KILL": 5, "CAP_SETGID": 6, "CAP_SETUID": 7, "CAP_SETPCAP": 8,
	"CAP_LINUX_IMMUTABLE": 9, "CAP_NET_BIND_SERVICE": 10, "CAP_NET_BROADCAST": 11,
	"CAP_NET_ADMIN": 12, "CAP_NET_RAW": 13, "CAP_IPC_LOCK": 14, "CAP_IPC_OWNER": 15,
	"CAP_SYS_MODULE": 16, "CAP_SYS_RAWIO": 17, "CAP_SYS_CHROOT": 18, "CAP_SYS_PTRACE": 19,
	"CAP_SYS_PACCT": 20, "CAP_SYS_ADMIN": 21, "CAP_SYS_BOOT": 22, "CAP_SYS_NICE": 23,
	"CAP_SYS_RESOURCE": 24, "CAP_SYS_TIME": 25, "CAP_SYS_TTY_CONFIG": 26, "CAP_MKNOD": 27,
	"CAP_LEASE": 28, "CAP_AUDIT_WRITE": 29, "CAP_AUDIT_CONTROL": 30, "CAP_SETFCAP": 31,
	"CAP_MAC_OVERRIDE": 32, "CAP_MAC_ADMIN": 33, "CAP_SYSLOG": 34, "CAP_WAKE_ALARM": 35,
	"CAP_BLOCK_SUSPEND": 36, "CAP_AUDIT_READ": 37, "CAP_PERFMON": 38, "CAP_BPF": 39,
	"CAP_CHECKPOINT_RESTORE": 40,
}

// set is a set of capabilities, a bit for each.
type set uint64

func (s set) has(number uint) bool { return s>>number&1 == 1 }

// Capabilities are the five sets a thread has. See capabilities(7), Thread
// capability sets.
type Capabilities struct {
	bounding, effective, permitted, inheritable, ambient set
}

// ParseCapabilities reads the sets of a container's process. None given means
// none left. An unknown name is an error. See OCI runtime-spec config.md,
// capabilities.
func ParseCapabilities(c *specs.LinuxCapabilities) (Capabilities, error) {
	var parsed Capabilities
	if c == nil {
		return parsed, nil
	}
	for _, each := range []struct {
		names []string
		into  *set
	}{
		{c.Bounding, &parsed.bounding}, {c.Effective, &parsed.effective},
		{c.Permitted, &parsed.permitted}, {c.Inheritable, &parsed.inheritable},
		{c.Ambient, &parsed.ambient},
	} {
		for _, name := range each.names {
			number, ok := numberOf[strings.ToUpper(name)]
			if !ok {
				return parsed, fmt.Errorf("unknown capability %q", name)
			}
			*each.into |= 1 << number
		}
	}
	return parsed, nil
}

// LimitBounding drops every capability outside the bounding set for good: not
// even a program with file capabilities brings it back. It needs CAP_SETPCAP,
// so it comes before the user is changed.
func (c Capabilities) LimitBounding() error {
	for name, number := range numberOf {
		if c.bounding.has(number) {
			continue
		}
		err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(number), 0, 0, 0)
		if err != nil && err != unix.EINVAL { // EINVAL: this kernel does not have it
			return fmt.Errorf("dropping %s from the bounding set: %w", name, err)
		}
	}
	return nil
}

// Apply sets the thread's other four sets. Between a change of user and Apply
// the permitted set survives only if KeepThroughUserChange came before it.
func (c Capabilities) Apply() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData // the low and the high 32 capabilities
	for half := range data {
		shift := 32 * half
		data[half].Effective = uint32(c.effective >> shift)
		data[half].Permitted = uint32(c.permitted >> shift)
		data[half].Inheritable = uint32(c.inheritable >> shift)
	}
	if err := unix.Capset(&header, &data[0]); err != nil {
		return fmt.Errorf("setting capabilities: %w", err)
	}
	return c.raiseAmbient()
}

// RaisePermitted makes every capability the thread is still permitted to have
// effective: the change of user has taken that from it.
func RaisePermitted() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("reading capabilities: %w", err)
	}
	for half := range data {
		data[half].Effective = data[half].Permitted
	}
	if err := unix.Capset(&header, &data[0]); err != nil {
		return fmt.Errorf("raising capabilities: %w", err)
	}
	return nil
}

// raiseAmbient sets the capabilities that survive execve(2) of an ordinary
// program by a user who is not root. See PR_CAP_AMBIENT(2const).
func (c Capabilities) raiseAmbient() error {
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("clearing ambient capabilities: %w", err)
	}
	for name, number := range numberOf {
		if !c.ambient.has(number) {
			continue
		}
		err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, uintptr(number), 0, 0)
		if err != nil {
			return fmt.Errorf("raising the ambient capability %s: %w", name, err)
		}
	}
	return nil
}

// KeepThroughUserChange lets the permitted set survive the change from root to
// another user, so that Apply can still choose from it. See
// PR_SET_KEEPCAPS(2const).
func KeepThroughUserChange() error {
	if err := unix.Prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("keeping capabilities through the change of user: %w", err)
	}
	return nil
}
