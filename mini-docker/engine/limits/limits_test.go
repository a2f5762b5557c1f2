package limits

import (
	"encoding/json"
	"fmt"
	"testing"
)

var machine = Machine{CPUs: 4, CPUSet: "0-3", MemSet: "0", SwapLimit: true}

func pids(n int64) *int64 { return &n }

func TestWhatGoesWithoutSaying(t *testing.T) {
	for _, test := range []struct {
		asked, want int64
		swap        bool
	}{
		{0, 40 << 20, true}, {30 << 20, 30 << 20, true}, {-1, -1, true},
		{0, 0, false}, {30 << 20, 0, false}, {-1, -1, false},
	} {
		m := machine
		m.SwapLimit = test.swap
		l := Limits{Memory: 20 << 20, MemorySwap: test.asked}
		warnings, err := l.Complete(m)
		if err != nil || l.MemorySwap != test.want {
			t.Errorf("swap %d where it can be limited (%v): got %d, %v; want %d", test.asked, test.swap, l.MemorySwap, err, test.want)
		}
		if warned := len(warnings) > 0; warned != (test.asked > 0 && !test.swap) {
			t.Errorf("swap %d where it can be limited (%v): got the warnings %q", test.asked, test.swap, warnings)
		}
	}
}

func TestLimitsThatCannotBe(t *testing.T) {
	const m = 1 << 20
	for want, l := range map[string]Limits{
		"Minimum memory limit allowed is 6MB":                                                  {Memory: 5 * m},
		"You should always set the Memory limit when using Memoryswap limit, see usage":        {MemorySwap: 20 * m},
		"Minimum memoryswap limit should be larger than memory limit, see usage":               {Memory: 20 * m, MemorySwap: 10 * m},
		"Minimum memory reservation allowed is 6MB":                                            {MemoryReservation: m},
		"Minimum memory limit can not be less than memory reservation limit, see usage":        {Memory: 20 * m, MemoryReservation: 30 * m},
		"Conflicting options: Nano CPUs and CPU Period cannot both be set":                     {NanoCPUs: 1e9, CPUPeriod: 1000},
		"Conflicting options: Nano CPUs and CPU Quota cannot both be set":                      {NanoCPUs: 1e9, CPUQuota: 1000},
		"Range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available":               {NanoCPUs: 5e9},
		"CPU cfs quota can not be less than 1ms (i.e. 1000)":                                   {CPUQuota: 10},
		"CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)": {CPUPeriod: 10},
		"Invalid value a-b for cpuset cpus":                                                    {CpusetCpus: "a-b"},
		"Invalid value 3-1 for cpuset cpus":                                                    {CpusetCpus: "3-1"},
		"Requested CPUs are not available - requested 2-4, available: 0-3":                     {CpusetCpus: "2-4"},
		"Requested memory nodes are not available - requested 1, available: 0":                 {CpusetMems: "1"},
		"Range of blkio weight is from 10 to 1000":                                             {BlkioWeight: 5},
		"Range of CPU shares is from 2 to 262144":                                              {CPUShares: 1},
	} {
		if _, err := l.Complete(machine); err == nil || err.Error() != want {
			t.Errorf("%+v: got %v, want %s", l, err, want)
		}
	}
	fine := Limits{Memory: 20 << 20, NanoCPUs: 1.5e9, CpusetCpus: "0,2-3", PidsLimit: pids(10), BlkioWeight: 300}
	if warnings, err := fine.Complete(machine); err != nil || warnings != nil {
		t.Errorf("%+v: got %v, %v", fine, warnings, err)
	}
}

func TestWhatTheRuntimeIsTold(t *testing.T) {
	for want, l := range map[string]Limits{
		"null": {},
		`{"memory":{"limit":1,"reservation":3,"swap":2}}`:      {Memory: 1, MemorySwap: 2, MemoryReservation: 3},
		`{"cpu":{"quota":150000,"period":100000}}`:             {NanoCPUs: 1.5e9},
		`{"cpu":{"shares":5,"quota":6,"period":7,"cpus":"0"}}`: {CPUShares: 5, CPUQuota: 6, CPUPeriod: 7, CpusetCpus: "0"},
		`{"pids":{"limit":-1}}`:                                {PidsLimit: pids(-1)},
		`{"blockIO":{"weight":300}}`:                           {BlkioWeight: 300},
	} {
		if text, _ := json.Marshal(l.Resources()); string(text) != want {
			t.Errorf("%+v: got %s, want %s", l, text, want)
		}
	}
}

func TestChanges(t *testing.T) {
	before := Limits{Memory: 20 << 20, MemorySwap: 40 << 20, CPUShares: 7}
	after := before.Changed(Limits{Memory: 30 << 20, PidsLimit: pids(9)})
	if got := fmt.Sprint(after.Memory>>20, after.MemorySwap>>20, after.CPUShares, *after.PidsLimit); got != "30 40 7 9" {
		t.Errorf("got %s", got)
	}
	for _, test := range []struct{ before, change Limits }{
		{before, Limits{Memory: 50 << 20}},
		{Limits{CPUQuota: 5000}, Limits{NanoCPUs: 1e9}},
		{Limits{NanoCPUs: 1e9}, Limits{CPUPeriod: 5000}},
	} {
		if err := test.before.CheckChange(test.change); err == nil {
			t.Errorf("%+v changed by %+v: got no error", test.before, test.change)
		}
	}
	if err := before.CheckChange(Limits{Memory: 50 << 20, MemorySwap: 60 << 20}); err != nil {
		t.Error(err)
	}
}

func TestNoLimitIsNotALimit(t *testing.T) {
	for _, l := range []Limits{{}, {PidsLimit: pids(-1)}, {MemorySwap: -1}} {
		if l.Any() {
			t.Errorf("%+v: got that something is limited", l)
		}
	}
	if !(Limits{PidsLimit: pids(5)}).Any() {
		t.Error("five processes: got that nothing is limited")
	}
}
