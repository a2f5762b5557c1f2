package guest

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// beyond are the capabilities that act on the whole machine whatever namespaces
// a process lives in, so that they have no power in a user namespace: that a
// program inside does not seem to have them spares it the attempt. The others
// are needed inside, to mount, to set up networks, to make containers. See
// capabilities(7).
var beyond = [...]uintptr{
	unix.CAP_SYS_MODULE,      // load code into the kernel
	unix.CAP_SYS_BOOT,        // reboot, kexec
	unix.CAP_SYS_TIME,        // set the clock
	unix.CAP_SYS_RAWIO,       // I/O ports, /dev/mem, /proc/kcore
	unix.CAP_DAC_READ_SEARCH, // open_by_handle_at(2) reaches files outside of binds
	unix.CAP_MAC_ADMIN, unix.CAP_MAC_OVERRIDE,
	unix.CAP_AUDIT_CONTROL, unix.CAP_AUDIT_READ,
	unix.CAP_SYS_PACCT,
	unix.CAP_SYSLOG, // read and clear the kernel's log
	unix.CAP_WAKE_ALARM, unix.CAP_BLOCK_SUSPEND,
	unix.CAP_PERFMON,
}

// dropCapabilities takes those out of the bounding set of the calling thread
// and so of every command that the thread starts: not even a program with
// set-user-ID or file capabilities brings them back.
func dropCapabilities() error {
	for _, capability := range beyond {
		err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0)
		if err != nil && err != unix.EINVAL { // EINVAL: an older kernel without it
			return fmt.Errorf("dropping capability %d from the bounding set: %w", capability, err)
		}
	}
	return nil
}
