package facts

import (
	"os"
	"strings"
	"testing"
)

func TestProcFileMatchesTheWholeText(t *testing.T) {
	if _, err := os.Stat("/proc/self/uid_map"); err != nil {
		t.Skip("this kernel has no user namespaces")
	}
	for _, test := range []struct {
		args  []string
		holds bool
	}{
		{[]string{"self", "uid_map", `\d+ \d+ \d+( .*)?`}, true},
		{[]string{"self", "uid_map", `0`}, false},
		{[]string{"self", "status", `(?s).*\nCapAmb: [0-9a-f]{16}\n.*`}, true},
	} {
		o, err := procFile(World{}, test.args)
		if err != nil || o.Holds != test.holds {
			t.Errorf("%q: got %+v, %v", test.args, o, err)
		}
	}
}

func TestProcFileOfNobodyProvesNothing(t *testing.T) {
	o, err := procFile(World{}, []string{"cmd:^is-not-there$", "uid_map", ".*"})
	if err != nil || o.Holds || !strings.Contains(o.Dead, "no process") {
		t.Errorf("got %+v, %v", o, err)
	}
}
