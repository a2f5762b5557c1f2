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
	{specs.ArchX86_64, unix.AUDIT_ARCH_X86_64, nativeNumber, x32},
	{specs.ArchX86, unix.AUDIT_ARCH_I386, narrowNumber, 0},
}
