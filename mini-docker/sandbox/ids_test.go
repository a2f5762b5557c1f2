package sandbox

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestRootsUsersAreNobodyElses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "subuid")
	text := "anna:100000:65536\nben:1000000:65536\n\nbroken\ncarl:1065536:10\ndora:9000000:65536\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	taken := readRanges(file)
	if want := []idRange{{100000, 65536}, {1000000, 65536}, {1065536, 10}, {9000000, 65536}}; !slices.Equal(taken, want) {
		t.Errorf("got %v, want %v", taken, want)
	}
	if got := shift(taken, nil); got != 1065546 {
		t.Errorf("beside %v: got %d, want the first id after them", taken, got)
	}
	if got := shift(readRanges("/is/not/there")); got != firstShift {
		t.Errorf("beside nobody: got %d, want %d", got, firstShift)
	}
}

// Nobody inside is the root outside, whoever starts it.
func TestRootInsideIsNobodysRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		if got := RootInside(false); got != os.Geteuid() {
			t.Errorf("an ordinary user's: got %d, want %d", got, os.Geteuid())
		}
		return
	}
	if got := RootInside(false); isMapped(firstShift, shifted) && got < firstShift {
		t.Errorf("root's: got %d, want one that is shifted", got)
	}
	if got := RootInside(true); isMapped(nobody, 1) && got != nobody {
		t.Errorf("root's as a user: got %d, want %d", got, nobody)
	}
}
