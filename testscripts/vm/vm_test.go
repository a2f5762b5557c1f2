package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drydock/testscripts/vm/plan"
)

func TestMain(m *testing.M) {
	os.Setenv("PATH", withSystemPrograms(os.Getenv("PATH")))
	os.Exit(m.Run())
}

// TestMachine boots machines with tests of which is known how they end. It runs
// where `make test-vm` has been before, so that nothing is downloaded by a test.
func TestMachine(t *testing.T) {
	o := options{timeout: 2 * time.Minute, deadline: 8 * time.Minute}
	if err := locate(t.Context(), &o); err != nil {
		t.Skip("no place for a machine:", err)
	}
	if _, ok := unpacked(o.cache); !ok || testing.Short() {
		t.Skip("boots machines; `make test-vm` fetches the kernel for it")
	}
	tests := []struct {
		name, packages string
		change         func(*options)
		err            string   // what it must end with; "" for nil
		shown          []string // on the console
	}{
		{"passes", "passes", nil, "", []string{
			"ok   testscripts/vm/testdata/passes as root: 3 passed, 0 failed, 1 skipped",
			"ok   testscripts/vm/testdata/passes as uid 1000: 3 passed, 0 failed, 1 skipped",
			"TestSkipped: passes_test.go:",
			"2 programs: 6 passed, 0 failed, 2 skipped"}},
		{"fails and leaves", "fails leaves", nil, "4 of 4 programs failed", []string{
			"this is wrong", "text without an end",
			"FAIL testscripts/vm/testdata/fails as uid 1000: 1 passed, 2 failed, 0 skipped",
			"left behind: mount /mnt", ": sleep 6000"}},
		{"no test", "passes", func(o *options) { o.run = "TestNoSuch" }, "no test ran", nil},
		{"hangs", "hangs", func(o *options) { o.timeout = 2 * time.Second }, "2 of 2 programs failed", []string{
			"running tests:", "TestHangs"}},
		{"deadline", "hangs", func(o *options) { o.deadline = 15 * time.Second }, "not done after 15s", []string{
			"FAIL  testscripts/vm/testdata/hangs as root      did not end"}},
		{"panics", "panics", nil, "the machine's kernel panicked", []string{
			"Kernel panic - not syncing: sysrq triggered crash",
			"FAIL  testscripts/vm/testdata/panics as uid 1000  did not end"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := o
			for name := range strings.FieldsSeq(test.packages) {
				o.patterns = append(o.patterns, "./testscripts/vm/testdata/"+name)
			}
			if test.change != nil {
				test.change(&o)
			}
			var console bytes.Buffer
			err := runTests(t.Context(), o, &console)
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("error: got %v, want %q", err, test.err)
			}
			for _, text := range test.shown {
				if !strings.Contains(console.String(), text) {
					t.Errorf("the console does not show %q", text)
				}
			}
			if t.Failed() {
				t.Log(console.String())
			}
		})
	}
}

func TestOnlyACompleteReportPasses(t *testing.T) {
	p := plan.Plan{Programs: []plan.Program{{Name: "a"}, {Name: "b"}}}
	good, skipped := plan.Result{Passed: 2}, plan.Result{Skipped: 1}
	for _, test := range []struct {
		name    string
		results []plan.Result
		chosen  bool
		want    string
	}{
		{"all passed", []plan.Result{good, good}, false, ""},
		{"one only skips", []plan.Result{good, skipped}, false, ""},
		{"all only skip", []plan.Result{skipped, skipped}, false, "no test ran"},
		{"one without tests", []plan.Result{good, {}}, false, "1 of 2 programs failed"},
		{"one without chosen tests", []plan.Result{good, {}}, true, ""},
		{"one is missing", []plan.Result{good}, false, "only 1 of 2 programs ran"},
		{"a test failed", []plan.Result{good, {Passed: 1, Failed: 1}}, true, "1 of 2 programs failed"},
		{"a program failed", []plan.Result{{Passed: 1, Problem: "exit status 2"}, good}, false, "1 of 2 programs failed"},
		{"something is left", []plan.Result{{Passed: 1, Left: []string{"mount /mnt"}}, good}, false, "1 of 2 programs failed"},
	} {
		got := ""
		if err := judge(p, test.results, test.chosen); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestResultsNeedALastWord(t *testing.T) {
	const one = `{"Name":"a","Passed":1}` + "\r\n"
	for text, complete := range map[string]bool{
		one + `{"End":true}` + "\r\n": true, one: false, one + `{"Na`: false, one + "nonsense": false, "": false,
	} {
		results, err := plan.ReadResults(strings.NewReader(text))
		if (err == nil) != complete || strings.HasPrefix(text, one) && (len(results) != 1 || results[0].Passed != 1) {
			t.Errorf("%q: got %v, %v", text, results, err)
		}
	}
}

func TestTheConsoleIsPlain(t *testing.T) {
	var out bytes.Buffer
	in := "\x1bc\x1b[?7l\x1b[2JSeaBIOS\r\n\r\n[    1.0] Kernel panic - not syncing: why\r\nno end"
	if panicked := passOn(&out, strings.NewReader(in)); !panicked {
		t.Error("the panic was not seen")
	}
	if want := "SeaBIOS\n[    1.0] Kernel panic - not syncing: why\nno end\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestOnlyFoldersOfDeadRunsAreRemoved(t *testing.T) {
	cache := t.TempDir()
	dead := filepath.Join(cache, "run-dead")
	if err := os.MkdirAll(filepath.Join(dead, "root"), 0o755); err != nil {
		t.Fatal(err)
	}
	first, removeFirst, err := workDir(cache)
	if err != nil {
		t.Fatal(err)
	}
	second, removeSecond, err := workDir(cache)
	if err != nil {
		t.Fatal(err)
	}
	if exist(dead) || !exist(first, second) {
		t.Errorf("there are: dead %v, first %v, second %v", exist(dead), exist(first), exist(second))
	}
	if err := errors.Join(removeFirst(), removeSecond()); err != nil || exist(first) || exist(second) {
		t.Errorf("after the runs: %v", err)
	}
}

func TestModulesLoadAfterTheirDependencies(t *testing.T) {
	o := options{}
	if err := locate(t.Context(), &o); err != nil {
		t.Skip("no place for a machine:", err)
	}
	k, ok := unpacked(o.cache)
	if !ok {
		t.Skip("no kernel here: `make test-vm` fetches one")
	}
	order, err := loadOrder(context.Background(), k.modules, []string{"br_netfilter", "ext4", "nft_masq"})
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, m := range order {
		at[m.name] = i + 1
	}
	for _, pair := range [][2]string{{"llc", "stp"}, {"stp", "bridge"}, {"bridge", "br_netfilter"}, {"nf_tables", "nft_masq"}, {"nf_conntrack", "nf_nat"}} {
		if at[pair[0]] == 0 || at[pair[0]] >= at[pair[1]] {
			t.Errorf("%s is number %d and %s number %d", pair[0], at[pair[0]], pair[1], at[pair[1]])
		}
	}
	if _, err := loadOrder(t.Context(), k.modules, []string{"no_such"}); err == nil {
		t.Error("a module that does not exist was found")
	}
}
