package applet

import "golang.org/x/sys/unix"

// MayAdminister reports whether CAP_SYS_ADMIN is in this process' effective
// set: what mounts and namespaces take. Who has it and is refused all the same
// needs another explanation. See capget(2), capabilities(7).
func MayAdminister() bool {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData // 32 capabilities in each
	if err := unix.Capget(&head, &sets[0]); err != nil {
		return false
	}
	return sets[0].Effective&(1<<unix.CAP_SYS_ADMIN) != 0
}
