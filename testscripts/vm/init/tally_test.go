package main

import (
	"strings"
	"testing"
)

func TestTallyCountsMarkedVerdictsOnly(t *testing.T) {
	const m = "\x16"
	text := m + "=== RUN   TestA\nhidden\n--- FAIL: TestForged (0.00s)\n" + m + "--- PASS: TestA (0.00s)\n" +
		m + "=== RUN   TestB\nno newline" + m + "=== RUN   TestB/sub\n" +
		"    b_test.go:1: bad\n" + m + "--- FAIL: TestB/sub (0.10s)\n" + m + "--- FAIL: TestB (0.10s)\n" +
		m + "=== NAME\nnobody's\n" +
		m + "=== RUN   TestC\n    c_test.go:3: because\n" + m + "--- SKIP: TestC (0.00s)\n" + m + "FAIL\n"
	var got tally
	got.read(strings.NewReader(text))
	if got.passed != 1 || got.failed != 2 || len(got.skipped) != 1 {
		t.Errorf("got %d passed, %d failed, %d skipped; want 1, 2, 1", got.passed, got.failed, len(got.skipped))
	}
	if got.skipped[0] != "TestC: c_test.go:3: because" {
		t.Errorf("skipped: got %q", got.skipped[0])
	}
	want := "no newline;    b_test.go:1: bad;--- FAIL: TestB/sub (0.10s);--- FAIL: TestB (0.10s);nobody's;FAIL"
	if all := strings.Join(got.complaints(), ";"); all != want {
		t.Errorf("complaints: got %q, want %q", all, want)
	}
}

func TestOwnCgroupsAreNotLeftBehind(t *testing.T) {
	const own = "cgroup /user.slice/user-1000.slice/user@1000.service/app.slice/tests.scope"
	for thing, want := range map[string]bool{
		own: true, own + "/init": true, own + "/init/init": true, own + "/x": false, own + "/x/init": false,
		"cgroup /system.slice/tests.service/init": true, "cgroup /mini-docker/init": false, "mount /init": false,
	} {
		if got := isOwn(thing); got != want {
			t.Errorf("%s: got %v, want %v", thing, got, want)
		}
	}
}
