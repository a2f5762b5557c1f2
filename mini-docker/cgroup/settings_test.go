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
	}{{100, 150, "50"}, {100, 100, "0"}, {100, -1, "max"}} {
		wantV2(t, &specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: &test.memory, Swap: &test.both}},
			setting{"memory.max", "100"}, setting{"memory.swap.max", test.swap})
	}
	if _, err := settingsV2(&specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: pointer(int64(100)), Swap: pointer(int64(50))}}); err == nil {
		t.Error("memory and swap together below memory alone: got no error")
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
