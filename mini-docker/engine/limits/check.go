package limits

import (
	"errors"
	"fmt"

	"github.com/docker/go-units"
)

// minMemory is the least memory a container can be limited to, in bytes: what
// its first process and the kernel need to start it.
const minMemory = 6 << 20

// Complete fills in what goes without saying, and refuses limits that
// contradict each other or that this machine cannot set. A warning tells of one
// that is left out.
func (l *Limits) Complete(m Machine) (warnings []string, err error) {
	if l.Memory > 0 && l.MemorySwap == 0 && m.SwapLimit {
		l.MemorySwap = 2 * l.Memory // as much swap as memory
	}
	if err := errors.Join(l.checkMemory(), l.checkCPU(m), l.checkSets(m), l.checkOther()); err != nil {
		return nil, err
	}
	if !m.SwapLimit && l.MemorySwap > 0 {
		l.MemorySwap = 0
		warnings = append(warnings, "Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.")
	}
	return warnings, nil
}

func (l *Limits) checkMemory() error {
	switch {
	case l.Memory != 0 && l.Memory < minMemory:
		return errors.New("Minimum memory limit allowed is 6MB")
	case l.MemorySwap > 0 && l.Memory == 0:
		return errors.New("You should always set the Memory limit when using Memoryswap limit, see usage")
	case l.MemorySwap > 0 && l.MemorySwap < l.Memory:
		return errors.New("Minimum memoryswap limit should be larger than memory limit, see usage")
	case l.MemoryReservation != 0 && l.MemoryReservation < minMemory:
		return errors.New("Minimum memory reservation allowed is 6MB")
	case l.Memory > 0 && l.MemoryReservation > l.Memory:
		return errors.New("Minimum memory limit can not be less than memory reservation limit, see usage")
	}
	return nil
}

func (l *Limits) checkCPU(m Machine) error {
	switch {
	case l.NanoCPUs != 0 && l.CPUPeriod != 0:
		return errors.New("Conflicting options: Nano CPUs and CPU Period cannot both be set")
	case l.NanoCPUs != 0 && l.CPUQuota != 0:
		return errors.New("Conflicting options: Nano CPUs and CPU Quota cannot both be set")
	case l.NanoCPUs < 0 || l.NanoCPUs > int64(m.CPUs)*1e9 || 0 < l.NanoCPUs && l.NanoCPUs < 1e7:
		return fmt.Errorf("Range of CPUs is from 0.01 to %d.00, as there are only %d CPUs available", m.CPUs, m.CPUs)
	case l.CPUPeriod != 0 && (l.CPUPeriod < 1000 || l.CPUPeriod > 1_000_000):
		return errors.New("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
	case l.CPUQuota > 0 && l.CPUQuota < 1000:
		return errors.New("CPU cfs quota can not be less than 1ms (i.e. 1000)")
	case l.CPUShares != 0 && (l.CPUShares < 2 || l.CPUShares > 262144):
		return errors.New("Range of CPU shares is from 2 to 262144")
	}
	return nil
}

func (l *Limits) checkSets(m Machine) error {
	for _, each := range []struct{ wanted, have, name, things string }{
		{l.CpusetCpus, m.CPUSet, "cpus", "CPUs"},
		{l.CpusetMems, m.MemSet, "mems", "memory nodes"},
	} {
		wanted, ok := parseSet(each.wanted)
		if !ok {
			return fmt.Errorf("Invalid value %s for cpuset %s", each.wanted, each.name)
		}
		have, _ := parseSet(each.have)
		for number := range wanted {
			if !have[number] {
				return fmt.Errorf("Requested %s are not available - requested %s, available: %s", each.things, each.wanted, each.have)
			}
		}
	}
	return nil
}

func (l *Limits) checkOther() error {
	if l.BlkioWeight != 0 && (l.BlkioWeight < 10 || l.BlkioWeight > 1000) {
		return errors.New("Range of blkio weight is from 10 to 1000")
	}
	return nil
}

// CheckChange refuses to change limits in a way that the kernel, or Docker,
// does not allow while they are in force.
func (l Limits) CheckChange(change Limits) error {
	switch {
	case change.Memory > 0 && change.MemorySwap == 0 && l.MemorySwap > 0 && change.Memory > l.MemorySwap:
		return fmt.Errorf("Memory limit should be smaller than already set memoryswap limit, "+
			"update the memoryswap at the same time: that is %s", units.BytesSize(float64(l.MemorySwap)))
	case change.NanoCPUs > 0 && (l.CPUPeriod > 0 || l.CPUQuota > 0):
		return errors.New("Conflicting options: Nano CPUs cannot be updated as CPU Period or CPU Quota has already been set")
	case (change.CPUPeriod > 0 || change.CPUQuota > 0) && l.NanoCPUs > 0:
		return errors.New("Conflicting options: CPU Period or CPU Quota cannot be updated as NanoCPUs has already been set")
	}
	return nil
}
