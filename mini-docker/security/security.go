// Package security takes privileges away from a container's process: it drops
// capabilities, forbids to regain them, and names what is hidden by default.
//
//	caps, err := security.ParseCapabilities(process.Capabilities)
//	caps.LimitBounding()  // while still root
//	// … change the user …
//	caps.Apply()
//
// All of it acts on the calling thread, which must be the one that runs the
// container's command. What is hidden is only named here; mounting over it is
// rootfs's work.
package security

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// DefaultCapabilities are the capabilities a container's root keeps: Docker's
// choice, enough to install packages, change users and bind low ports, and not
// enough to mount, load modules or see other processes' memory.
func DefaultCapabilities() []string {
	return []string{
		"CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER",
		"CAP_FSETID", "CAP_KILL", "CAP_MKNOD", "CAP_NET_BIND_SERVICE",
		"CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP",
		"CAP_SETUID", "CAP_SYS_CHROOT",
	}
}

// MaskedPaths are hidden from a container: what tells about the whole machine,
// or acts on it, and knows no namespaces.
func MaskedPaths() []string {
	return []string{
		"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore",
		"/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
		"/proc/timer_list", "/proc/timer_stats",
		"/sys/devices/virtual/powercap", "/sys/firmware",
	}
}

// ReadonlyPaths can be read in a container but not changed: settings of the
// kernel that all containers share.
func ReadonlyPaths() []string {
	return []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
}

// NoNewPrivileges sees to it that nothing the thread executes from now on gains
// privileges by it: set-user-ID bits and file capabilities are ignored, for all
// descendants and for ever. See PR_SET_NO_NEW_PRIVS(2const).
func NoNewPrivileges() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("setting no_new_privs: %w", err)
	}
	return nil
}
