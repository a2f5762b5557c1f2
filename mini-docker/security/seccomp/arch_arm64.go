package seccomp

import (
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

const native = specs.ArchAARCH64

var architectures = []architecture{
	{specs.ArchAARCH64, unix.AUDIT_ARCH_AARCH64, nativeNumber, 0},
	{specs.ArchARM, unix.AUDIT_ARCH_ARM, narrowNumber, 0},
}
