// Package usage measures what a container uses: CPU time, memory, what it reads, writes,
// sends and receives.
//
//	before, err := usage.Measure(runtime, c)
//	now, err := usage.Measure(runtime, c)
//	percent := now.CPUPercent(before)
package usage

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/runtime"

	"golang.org/x/sys/unix"
)

// Usage is what a container uses at an instant. CPU time is a running total: two
// of them make a rate.
type Usage struct {
	cgroup.Stats
	At time.Time

	ReceivedBytes, SentBytes uint64 // over its own network interfaces
}

// Measure measures a container that runs. The error wraps cgroup.ErrNone if it has
// no cgroup to measure it by.
func Measure(r *runtime.Runtime, c *container.Container) (Usage, error) {
	stats, err := r.Stats(c.ID)
	if err != nil {
		return Usage{}, fmt.Errorf("measuring container %s: %w", container.ShortID(c.ID), err)
	}
	usage := Usage{Stats: stats, At: time.Now()}
	if usage.MemoryLimitBytes == 0 {
		usage.MemoryLimitBytes = machineMemory()
	}
	if c.HostConfig.NetworkMode != container.ModeHost {
		usage.ReceivedBytes, usage.SentBytes = traffic(c.State.Pid)
	}
	return usage, nil
}

// CPUPercent is the CPU time used since an earlier measurement, in hundredths of
// one CPU: on two it can be 200.
func (u Usage) CPUPercent(earlier Usage) float64 {
	elapsed := u.At.Sub(earlier.At)
	if elapsed <= 0 || u.CPUNanoseconds < earlier.CPUNanoseconds {
		return 0
	}
	return 100 * float64(u.CPUNanoseconds-earlier.CPUNanoseconds) / float64(elapsed.Nanoseconds())
}

// machineMemory is how many bytes the machine has: more nobody can use. See
// sysinfo(2).
func machineMemory() uint64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return uint64(info.Totalram) * uint64(info.Unit)
}

// traffic adds up what went over the interfaces of the network namespace that a
// process is in, loopback apart. See proc(5), /proc/pid/net/dev.
func traffic(pid int) (received, sent uint64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/dev", pid))
	if err != nil {
		return 0, 0 // it has ended meanwhile
	}
	for line := range strings.Lines(string(text)) {
		name, counters, ok := strings.Cut(line, ":")
		fields := strings.Fields(counters)
		const receivedBytes, sentBytes = 0, 8
		if !ok || len(fields) <= sentBytes || strings.TrimSpace(name) == "lo" {
			continue
		}
		in, _ := strconv.ParseUint(fields[receivedBytes], 10, 64)
		out, _ := strconv.ParseUint(fields[sentBytes], 10, 64)
		received, sent = received+in, sent+out
	}
	return received, sent
}
