package world

import (
	"os"
	"testing"
)

// A machine without a cache would unpack the base tree into the working directory: for
// a test that is the source.
func TestAMachineThatWasNotPreparedLeavesNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	w, err := Machine{}.Open(t.Context(), Options{})
	if err == nil {
		w.Close()
		t.Error("it opens a sandbox")
	}
	if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
		t.Errorf("left in the working directory: %v, %v", left, err)
	}
}
