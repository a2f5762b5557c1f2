package cgroup

import (
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// wantV2 compares the settings for some limits with those wanted, in any order
// unless it matters: memory.max is written before memory.swap.max.
func wantV2(t *testing.T, limits *specs.LinuxResources, want ...setting) {
	t.Helper()
	got, err := settingsV2(limits)
	if err != nil {
		t.Fatalf("got the error %v, want %v", err, want)
	}
	byFile := func(a, b setting) int { return strings.Compare(a.file, b.file) }
	slices.SortFunc(got, byFile)
	slices.SortFunc(want, byFile)
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestV2WhatIsNotAskedForIsNotSet(t *testing.T) {
	wantV2(t, &specs.LinuxResources{})
	wantV2(t, &specs.LinuxResources{
		Memory: &specs.LinuxMemory{}, CPU: &specs.LinuxCPU{Shares: pointer(uint64(0))},
		Pids: &specs.LinuxPids{}, BlockIO: &specs.LinuxBlockIO{Weight: pointer(uint16(0))},
	})
}

func TestV2Memory(t *testing.T) {
	wantV2(t, &specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: pointer(int64(20 << 20)), Reservation: pointer(int64(10 << 20))}},
		setting{"memory.max", "20971520"}, setting{"memory.low", "10485760"})
}

func TestV2NoLimitIsMax(t *testing.T) {
	wantV2(t, &specs.LinuxResources{
		Memory: &specs.LinuxMemory{Limit: pointer(int64(-1))},
		Pids:   &specs.LinuxPids{Limit: pointer(int64(0))},
	}, setting{"memory.max", "max"}, setting{"pids.max", "max"})
	wantV2(t, &specs.LinuxResources{
		Memory: &specs.LinuxMemory{Limit: pointer(int64(0)), Reservation: pointer(int64(-1))},
		Pids:   &specs.LinuxPids{Limit: pointer(int64(-1))},
	}, setting{"memory.max", "max"}, setting{"memory.low", "max"}, setting{"pids.max", "max"})
}

func TestV2SwapIsTheRest(t *testing.T) {
	for _, test := range []struct {
		memory, both int64
		swap         string
	}{{100, 150, "50"}, {100, 100, "0"}, {100, 0, "max"}, {100, -1, "max"}} {
		wantV2(t, &specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: &test.memory, Swap: &test.both}},
			setting{"memory.max", "100"}, setting{"memory.swap.max", test.swap})
	}
}

func TestV2SwapThatCannotBe(t *testing.T) {
	for what, memory := range map[string]*specs.LinuxMemory{
		"memory and swap together below memory alone":       {Limit: pointer(int64(100)), Swap: pointer(int64(50))},
		"memory and swap together, and memory not given":    {Swap: pointer(int64(50))},
		"memory and swap together, and memory has no limit": {Limit: pointer(int64(0)), Swap: pointer(int64(50))},
	} {
		if _, err := settingsV2(&specs.LinuxResources{Memory: memory}); err == nil {
			t.Errorf("%s: got no error", what)
		}
	}
}

func TestV2QuotaAndPeriodAreOneFile(t *testing.T) {
	wantV2(t, &specs.LinuxResources{CPU: &specs.LinuxCPU{Quota: pointer(int64(50_000)), Period: pointer(uint64(200_000))}},
		setting{"cpu.max", "50000 200000"})
	wantV2(t, &specs.LinuxResources{CPU: &specs.LinuxCPU{Quota: pointer(int64(50_000))}},
		setting{"cpu.max", "50000 100000"})
	wantV2(t, &specs.LinuxResources{CPU: &specs.LinuxCPU{Quota: pointer(int64(-1)), Period: pointer(uint64(50_000))}},
		setting{"cpu.max", "max 50000"})
	wantV2(t, &specs.LinuxResources{CPU: &specs.LinuxCPU{Period: pointer(uint64(50_000))}},
		setting{"cpu.max", "max 50000"})
}

func TestV2TheRest(t *testing.T) {
	wantV2(t, &specs.LinuxResources{
		CPU:     &specs.LinuxCPU{Shares: pointer(uint64(1024)), Cpus: "0-1", Mems: "0"},
		Pids:    &specs.LinuxPids{Limit: pointer(int64(30))},
		BlockIO: &specs.LinuxBlockIO{Weight: pointer(uint16(500))},
		Unified: map[string]string{"memory.high": "1000"},
	}, setting{"cpu.weight", "39"}, setting{"cpuset.cpus", "0-1"}, setting{"cpuset.mems", "0"},
		setting{"pids.max", "30"}, setting{"io.weight", "default 4950"}, setting{"memory.high", "1000"})
}

// What only version 1 has, and what no kernel has any more.
func TestMemoryAsVersion1HasIt(t *testing.T) {
	memory := &specs.LinuxMemory{
		//lint:ignore SA1019 config.json may have it all the same
		Kernel: pointer(int64(1 << 20)), KernelTCP: pointer(int64(2 << 20)), Swappiness: pointer(uint64(0)), DisableOOMKiller: pointer(true),
	}
	got := settingsV1(&specs.LinuxResources{Memory: memory})
	want := []setting{{"memory.kmem.tcp.limit_in_bytes", "2097152"}, {"memory.swappiness", "0"}, {"memory.oom_control", "1"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	wantV2(t, &specs.LinuxResources{Memory: memory})
	one, two := Trees{}.Lacks(memory), Trees{isUnified: true}.Lacks(memory)
	if len(one) != 1 || one[0] != "linux.resources.memory.kernel" || len(two) != 4 {
		t.Errorf("lacking in version 1 %q, in version 2 %q: want kernel, and all four", one, two)
	}
	//lint:ignore SA1019 as above
	if nothing := (Trees{isUnified: true}).Lacks(&specs.LinuxMemory{Kernel: pointer(int64(0)), DisableOOMKiller: pointer(false)}); nothing != nil {
		t.Errorf("lacking of what asks for nothing: %q", nothing)
	}
}

// A limit that is lower than what cannot be given back is refused by version 1, where
// version 2 kills: in words, besides the kernel's "device or resource busy".
func TestALimitBelowWhatIsUsedIsToldSo(t *testing.T) {
	group := newGroup(t, &specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: pointer(int64(64 << 20)), Swap: pointer(int64(64 << 20))}})
	if _, isOld := group.(*v1); !isOld {
		t.Skip("of version 2 the kernel kills what uses more")
	}
	_, output := start(t, group, "keep")
	output.ReadString('\n')
	err := group.Set(&specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: pointer(int64(6 << 20))}})
	if err == nil || !strings.Contains(err.Error(), "to 6291456 bytes: its processes use more than that") {
		t.Errorf("got %v", err)
	}
}
