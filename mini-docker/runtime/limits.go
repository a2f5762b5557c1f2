package runtime

import (
	"fmt"
	"os"
	"strconv"
	"syscall"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// resourceOf gives the number of each limit. See getrlimit(2).
var resourceOf = map[string]int{
	"RLIMIT_AS": unix.RLIMIT_AS, "RLIMIT_CORE": unix.RLIMIT_CORE, "RLIMIT_CPU": unix.RLIMIT_CPU,
	"RLIMIT_DATA": unix.RLIMIT_DATA, "RLIMIT_FSIZE": unix.RLIMIT_FSIZE,
	"RLIMIT_LOCKS": unix.RLIMIT_LOCKS, "RLIMIT_MEMLOCK": unix.RLIMIT_MEMLOCK,
	"RLIMIT_MSGQUEUE": unix.RLIMIT_MSGQUEUE, "RLIMIT_NICE": unix.RLIMIT_NICE,
	"RLIMIT_NOFILE": unix.RLIMIT_NOFILE, "RLIMIT_NPROC": unix.RLIMIT_NPROC,
	"RLIMIT_RSS": unix.RLIMIT_RSS, "RLIMIT_RTPRIO": unix.RLIMIT_RTPRIO,
	"RLIMIT_RTTIME": unix.RLIMIT_RTTIME, "RLIMIT_SIGPENDING": unix.RLIMIT_SIGPENDING,
	"RLIMIT_STACK": unix.RLIMIT_STACK,
}

// checkLimits refuses limits that are unknown or given twice.
func checkLimits(limits []specs.POSIXRlimit) error {
	seen := map[string]bool{}
	for _, each := range limits {
		if _, ok := resourceOf[each.Type]; !ok {
			return fmt.Errorf("unknown resource limit %q", each.Type)
		}
		if seen[each.Type] {
			return fmt.Errorf("process.rlimits has %s twice", each.Type)
		}
		seen[each.Type] = true
	}
	return nil
}

// setLimits sets the resource limits of the process. See OCI runtime-spec
// config.md, rlimits. That of open files is only made room for: steps that are still to
// come open some, see limitFiles.
func setLimits(limits []specs.POSIXRlimit) error {
	for _, each := range limits {
		resource, ok := resourceOf[each.Type]
		if !ok {
			return fmt.Errorf("unknown resource limit %q", each.Type)
		}
		// The syscall package, not x/sys: it raised RLIMIT_NOFILE when this
		// program started and would put the old value back at exec otherwise.
		limit := syscall.Rlimit{Cur: each.Soft, Max: each.Hard}
		if resource == unix.RLIMIT_NOFILE {
			if err := syscall.Getrlimit(resource, &limit); err != nil {
				return err
			}
			limit.Max = max(limit.Max, each.Hard)
		}
		if err := syscall.Setrlimit(resource, &limit); err != nil {
			return fmt.Errorf("setting %s to %d:%d: %w", each.Type, each.Soft, each.Hard, err)
		}
	}
	return nil
}

// limitFiles sets the limit of open files, when nothing is left to be opened.
func limitFiles(limits []specs.POSIXRlimit) error {
	for _, each := range limits {
		if resourceOf[each.Type] != unix.RLIMIT_NOFILE {
			continue
		}
		limit := syscall.Rlimit{Cur: each.Soft, Max: each.Hard}
		if err := syscall.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			return fmt.Errorf("setting %s to %d:%d: %w", each.Type, each.Soft, each.Hard, err)
		}
	}
	return nil
}

// setOOMScore says how early the kernel should kill this process when memory
// runs out, from -1000 (never) to 1000 (first). See proc(5),
// /proc/pid/oom_score_adj.
func setOOMScore(score *int) error {
	if score == nil {
		return nil
	}
	proc, err := os.Open("/proc")
	if err != nil {
		return fmt.Errorf("setting oom_score_adj: %w", err)
	}
	defer proc.Close()
	// By the number, not by way of the link /proc/self: see writeProc.
	name := fmt.Sprintf("%d/oom_score_adj", os.Getpid())
	if err := writeProc(proc, name, strconv.Itoa(*score)); err != nil {
		return fmt.Errorf("setting oom_score_adj to %d: %w", *score, err)
	}
	return nil
}
