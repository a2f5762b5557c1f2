package seccomp

import (
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

const native = specs.ArchAARCH64

var architectures = []architecture{
	{name: specs.ArchAARCH64, audit: unix.AUDIT_ARCH_AARCH64, numberOf: nativeNumber},
	{name: specs.ArchARM, audit: unix.AUDIT_ARCH_ARM, numberOf: narrowNumber, narrow: true},
}
