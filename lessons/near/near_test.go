package near

import (
	"slices"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	names := []string{"processes", "pids", "mounts", "hostname-and-ipc", "run"}
	for got, want := range map[string][]string{
		"proceses": {"processes"},
		"pdis":     {"pids"}, // swapped neighbours are one slip
		"PIDS":     {"pids"},
		"host":     {"hostname-and-ipc"},
		"ho":       nil, // too short to be a beginning
		"rum":      {"run"},
		"fly":      nil,
		"":         nil,
	} {
		if near := Names(got, names); !slices.Equal(near, want) {
			t.Errorf("%q: got %q, want %q", got, near, want)
		}
	}
}

func TestTheNearestComeFirstAndAreFew(t *testing.T) {
	got := Names("value", []string{"value4", "values1", "valve", "value", "vague"})
	if want := []string{"value", "value4", "valve"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBySpelling(t *testing.T) {
	spelt := func(name string) string { return strings.Trim(name, "*") }
	if got := By("Bridge", []string{"*bridge*"}, spelt); !slices.Equal(got, []string{"*bridge*"}) {
		t.Errorf("got %q", got)
	}
}
