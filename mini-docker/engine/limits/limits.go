// Package limits knows Docker's limits of a container: what the numbers mean,
// which make sense together and on this machine, and how an OCI runtime is told.
//
//	l := limits.Limits{Memory: 64 << 20, NanoCPUs: 5e8}
//	warnings, err := l.Complete(limits.ThisMachine(trees))
//	spec.Linux.Resources = l.Resources()
//
// The messages are Docker's (moby, daemon/daemon_unix.go). Setting limits is
// the work of package cgroup, by way of the runtime.
package limits

import (
	"github.com/opencontainers/runtime-spec/specs-go"
)

// CgroupParent is the cgroup above those of all containers.
const CgroupParent = "/mini-docker"

// Limits are the limits of a container by the names Docker gives them in
// HostConfig. Zero is: not limited.
type Limits struct {
	CPUShares         int64  `json:"CpuShares"` // weight against others, 1024 being usual
	Memory            int64  // bytes
	NanoCPUs          int64  `json:"NanoCpus"` // billionths of a CPU
	BlkioWeight       uint16 // weight against others, 10 to 1000
	CPUPeriod         int64  `json:"CpuPeriod"` // microseconds
	CPUQuota          int64  `json:"CpuQuota"`  // microseconds of CPU time in each period
	CpusetCpus        string // as in "0-3,8"
	CpusetMems        string
	MemoryReservation int64  // bytes, what it is squeezed to when memory is short
	MemorySwap        int64  // bytes of memory and swap together; -1: as much swap as there is
	PidsLimit         *int64 // processes and threads; -1: not limited
}

// Any says whether anything is limited.
func (l Limits) Any() bool {
	l.PidsLimit, l.MemorySwap, l.CPUQuota = meant(l.PidsLimit), max(l.MemorySwap, 0), max(l.CPUQuota, 0)
	return l != Limits{}
}

// meant is a limit of processes if it is one: Docker takes 0 and less for none.
func meant(pids *int64) *int64 {
	if pids == nil || *pids <= 0 {
		return nil
	}
	return pids
}

// Changed returns the limits with those of change in their place, where it has
// any.
func (l Limits) Changed(change Limits) Limits {
	replace(&l.CPUShares, change.CPUShares)
	replace(&l.Memory, change.Memory)
	replace(&l.NanoCPUs, change.NanoCPUs)
	replace(&l.BlkioWeight, change.BlkioWeight)
	replace(&l.CPUPeriod, change.CPUPeriod)
	replace(&l.CPUQuota, change.CPUQuota)
	replace(&l.CpusetCpus, change.CpusetCpus)
	replace(&l.CpusetMems, change.CpusetMems)
	replace(&l.MemoryReservation, change.MemoryReservation)
	replace(&l.MemorySwap, change.MemorySwap)
	replace(&l.PidsLimit, change.PidsLimit)
	return l
}

func replace[T comparable](limit *T, change T) {
	var none T
	if change != none {
		*limit = change
	}
}

// cfsPeriod is the kernel's own period, in microseconds, in which --cpus is
// counted.
const cfsPeriod = 100_000

// Resources says the same to an OCI runtime; nil if nothing is limited. See OCI
// runtime-spec config-linux.md, Control groups.
func (l Limits) Resources() *specs.LinuxResources {
	r := &specs.LinuxResources{Memory: l.memory(), CPU: l.cpu()}
	if l.PidsLimit != nil {
		r.Pids = &specs.LinuxPids{Limit: number(*l.PidsLimit)}
	}
	if l.BlkioWeight != 0 {
		weight := l.BlkioWeight
		r.BlockIO = &specs.LinuxBlockIO{Weight: &weight}
	}
	if r.Memory == nil && r.CPU == nil && r.Pids == nil && r.BlockIO == nil {
		return nil
	}
	return r
}

func (l Limits) memory() *specs.LinuxMemory {
	memory := &specs.LinuxMemory{}
	if l.Memory != 0 {
		memory.Limit = number(l.Memory)
	}
	if l.MemorySwap != 0 {
		memory.Swap = number(l.MemorySwap)
	}
	if l.MemoryReservation != 0 {
		memory.Reservation = number(l.MemoryReservation)
	}
	if *memory == (specs.LinuxMemory{}) {
		return nil
	}
	return memory
}

func (l Limits) cpu() *specs.LinuxCPU {
	cpu := &specs.LinuxCPU{Cpus: l.CpusetCpus, Mems: l.CpusetMems}
	period, quota := l.CPUPeriod, l.CPUQuota
	if l.NanoCPUs != 0 {
		period, quota = cfsPeriod, l.NanoCPUs*cfsPeriod/1e9
	}
	if period != 0 {
		unsigned := uint64(period)
		cpu.Period = &unsigned
	}
	if quota != 0 {
		cpu.Quota = number(quota)
	}
	if l.CPUShares != 0 {
		shares := uint64(l.CPUShares)
		cpu.Shares = &shares
	}
	if *cpu == (specs.LinuxCPU{}) {
		return nil
	}
	return cpu
}

func number(n int64) *int64 { return &n }
