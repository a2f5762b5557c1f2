package stdio

import (
	"os"
	"testing"

	"drydock/mini-docker/rawterm"
)

// TestMain lets this test binary be the guard of a terminal, as a program is that
// opens sandboxes.
func TestMain(m *testing.M) {
	rawterm.MaybeGuard()
	os.Exit(m.Run())
}
