package limits

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"drydock/mini-docker/cgroup"
)

// Machine is what there is to be limited.
type Machine struct {
	CPUs      int
	CPUSet    string // their numbers, as in "0-3"
	MemSet    string // the numbers of the memory nodes
	SwapLimit bool   // the kernel can limit swap
}

// ThisMachine looks at the machine, whose cgroup trees the caller has found. See
// sysfs(5), /sys/devices/system.
func ThisMachine(trees cgroup.Trees) Machine {
	m := Machine{
		CPUSet:    strings.TrimSpace(read("/sys/devices/system/cpu/online")),
		MemSet:    strings.TrimSpace(read("/sys/devices/system/node/online")),
		SwapLimit: trees.LimitsSwap(),
	}
	cpus, ok := parseSet(m.CPUSet)
	if m.CPUs = len(cpus); !ok || m.CPUs == 0 {
		m.CPUs = runtime.NumCPU()
		m.CPUSet = fmt.Sprintf("0-%d", m.CPUs-1)
	}
	if m.MemSet == "" {
		m.MemSet = "0"
	}
	return m
}

func read(path string) string {
	text, _ := os.ReadFile(path) // a machine that does not say has a usual answer
	return string(text)
}

// maxSet bounds the numbers in a set: the kernel's NR_CPUS is never larger.
const maxSet = 8192

// parseSet reads a list of numbers and ranges: "0-3,8". See cpuset(7), List
// format.
func parseSet(text string) (numbers map[int]bool, ok bool) {
	numbers = map[int]bool{}
	if text == "" {
		return numbers, true
	}
	for part := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		first, err1 := strconv.ParseUint(low, 10, 32)
		last, err2 := strconv.ParseUint(high, 10, 32)
		if err1 != nil || err2 != nil || first > last || last >= maxSet {
			return nil, false
		}
		for number := first; number <= last; number++ {
			numbers[int(number)] = true
		}
	}
	return numbers, true
}
