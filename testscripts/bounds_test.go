package testscripts

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// verdictOf runs a script that fails and returns its last check.
func verdictOf(t *testing.T, text string, within time.Duration) Check {
	t.Helper()
	r, err := Run(t.Context(), Script{Name: "script", Text: text}, Options{Timeout: within})
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	if r.Passed() || len(r.Checks) == 0 {
		t.Fatalf("got %+v, want a check that fails", r)
	}
	return r.Checks[len(r.Checks)-1]
}

func TestAProgramWithoutAnEndIsToldAsSuch(t *testing.T) {
	for _, script := range []string{
		"# It ends\nexec sh -c 'echo begun; exec sleep 600'\n",
		"# It comes\nwaitfor within=10m process ^no-such-program\n",
	} {
		got := verdictOf(t, script, time.Second)
		if !strings.Contains(got.Found, "it had not ended after 1s") {
			t.Errorf("%s: found %q, want the time that it had", script, got.Found)
		}
	}
}

func TestAFloodIsNotShownWhole(t *testing.T) {
	got := verdictOf(t, "# It is quiet\n! exec sh -c 'i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done'\n", time.Minute)
	if n := strings.Count(got.Found, "\n"); n > 40 || !strings.Contains(got.Found, "line 0\n") ||
		!strings.Contains(got.Found, "line 2999") || !strings.Contains(got.Found, "lines are not shown") {
		t.Errorf("got %d lines: %q", n, got.Found)
	}
	if got := bounded(strings.Repeat("x", 10_000)); len(got) > 500 || !strings.Contains(got, "9600 bytes more") {
		t.Errorf("a line of 10000 bytes: got %d bytes", len(got))
	}
}

// Where a fact is known to come, a script's own bound does not cut it off.
func TestThePatientWaitLongerThanAScriptSays(t *testing.T) {
	const late = "# It comes\nexec sleep 1.5 &\nwaitfor process '^sleep 1.5'\nwaitfor within=1ms ! process '^sleep 1.5'\n"
	r, err := Run(t.Context(), Script{Name: "script", Text: late}, Options{Patient: true})
	if err != nil || !r.Passed() {
		t.Errorf("got %+v, error %v", r, err)
	}
}

// A look may run a program: at a hundred a second they are what the machine does.
func TestWaitingRestsTheLongerItLasts(t *testing.T) {
	for waited, want := range map[time.Duration]time.Duration{0: 10 * time.Millisecond, time.Second: 100 * time.Millisecond, time.Minute: 200 * time.Millisecond} {
		if got := pause(waited); got != want {
			t.Errorf("after %s: got a rest of %s, want %s", waited, got, want)
		}
	}
}
