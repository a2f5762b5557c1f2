package seccomp

import (
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

const native = specs.ArchX86_64

// x32 is the bit that marks calls of the x32 interface, a second set of numbers
// under the same architecture. Kernels are built without it; a profile that
// lists what is forbidden would be circumvented by it.
const x32 = 0x40000000

var architectures = []architecture{
	{name: specs.ArchX86_64, audit: unix.AUDIT_ARCH_X86_64, numberOf: nativeNumber, none: x32},
	{name: specs.ArchX86, audit: unix.AUDIT_ARCH_I386, numberOf: narrowNumber, narrow: true, through: multiplexed},
}

// multiplexed are the calls that a program of 32 bits can also make by way of
// socketcall(2) and ipc(2), as all did once: a rule for one of them that did not
// count there would be no rule.
var multiplexed = map[string]multiple{
	"socket": {"socketcall", 1}, "bind": {"socketcall", 2}, "connect": {"socketcall", 3},
	"listen": {"socketcall", 4}, "accept": {"socketcall", 5}, "getsockname": {"socketcall", 6},
	"getpeername": {"socketcall", 7}, "socketpair": {"socketcall", 8}, "send": {"socketcall", 9},
	"recv": {"socketcall", 10}, "sendto": {"socketcall", 11}, "recvfrom": {"socketcall", 12},
	"shutdown": {"socketcall", 13}, "setsockopt": {"socketcall", 14}, "getsockopt": {"socketcall", 15},
	"sendmsg": {"socketcall", 16}, "recvmsg": {"socketcall", 17}, "accept4": {"socketcall", 18},
	"recvmmsg": {"socketcall", 19}, "sendmmsg": {"socketcall", 20},
	"semop": {"ipc", 1}, "semget": {"ipc", 2}, "semctl": {"ipc", 3}, "semtimedop": {"ipc", 4},
	"msgsnd": {"ipc", 11}, "msgrcv": {"ipc", 12}, "msgget": {"ipc", 13}, "msgctl": {"ipc", 14},
	"shmat": {"ipc", 21}, "shmdt": {"ipc", 22}, "shmget": {"ipc", 23}, "shmctl": {"ipc", 24},
}
