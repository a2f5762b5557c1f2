package facts

import (
	"strings"
	"testing"
)

func TestRootComparesDirectoriesAndNotTheirNames(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		args  string
		holds bool
		found string
	}{
		{"/", true, ""},
		{"/proc/self/root", true, ""}, // another name of the same directory
		{dir, false, ""},
		{"/no/such/directory", false, ""},
		{"/ parent=/", true, ": /"},
		{"/ parent=" + dir, false, "there is no such process"},
		{dir + " parent=/", false, ": /"},
	}
	for _, test := range tests {
		o, err := root(World{}, strings.Fields(test.args))
		if err != nil {
			t.Fatal(err)
		}
		if o.Holds != test.holds || !strings.Contains(o.Found, test.found) {
			t.Errorf("root %s: got %t, found %q; want %t, %q", test.args, o.Holds, o.Found, test.holds, test.found)
		}
	}
}
