// Package seccomp forbids system calls to a container's process. A profile says
// which are allowed; it is compiled to a program for the kernel's small virtual
// machine (Compile), which the kernel then runs at every system call the thread
// makes (Install).
//
//	filter, err := seccomp.Compile(spec.Linux.Seccomp)
//	err = seccomp.Install(filter)
//
// The kernel offers some 380 system calls and a web server needs perhaps 60.
// Each of the others is code that runs with all privileges and may have a flaw;
// a call that is forbidden cannot be used to reach it. See seccomp(2) and OCI
// runtime-spec config-linux.md, Seccomp.
//
// The profiles themselves are not here: the default one is Docker's, from a
// library.
package seccomp

import (
	"fmt"
	"unsafe"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

//go:generate go run ./gen

// Filter is a compiled profile.
type Filter []unix.SockFilter

// Install puts the calling thread, and whatever it executes from now on, under
// the filter, for good. It needs CAP_SYS_ADMIN or no_new_privs, so that nobody
// can confuse a set-user-ID program by forbidding it what it relies on.
func Install(filter Filter) error {
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP,
		unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return fmt.Errorf("installing the system call filter: %w", errno)
	}
	return nil
}

// The answers a filter can give. See seccomp(2), Return values.
var answerOf = map[specs.LinuxSeccompAction]uint32{
	specs.ActKill:        unix.SECCOMP_RET_KILL_THREAD,
	specs.ActKillThread:  unix.SECCOMP_RET_KILL_THREAD,
	specs.ActKillProcess: unix.SECCOMP_RET_KILL_PROCESS,
	specs.ActTrap:        unix.SECCOMP_RET_TRAP,
	specs.ActErrno:       unix.SECCOMP_RET_ERRNO,
	specs.ActTrace:       unix.SECCOMP_RET_TRACE,
	specs.ActLog:         unix.SECCOMP_RET_LOG,
	specs.ActAllow:       unix.SECCOMP_RET_ALLOW,
}

// answer is an action as the kernel reads it: what to do in the upper half,
// with what number in the lower.
func answer(action specs.LinuxSeccompAction, number *uint) (uint32, error) {
	code, ok := answerOf[action]
	if !ok {
		return 0, fmt.Errorf("the seccomp action %q is not supported", action)
	}
	if action != specs.ActErrno && action != specs.ActTrace {
		return code, nil
	}
	if number == nil {
		return code | uint32(unix.EPERM), nil
	}
	if *number > unix.SECCOMP_RET_DATA {
		return 0, fmt.Errorf("the seccomp errno %d is too large", *number)
	}
	return code | uint32(*number), nil
}
