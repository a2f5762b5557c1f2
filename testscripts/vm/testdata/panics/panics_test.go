// Package panics is run in the machine by the tests of testscripts/vm: it
// crashes the kernel, and refuses to anywhere else.
package panics

import (
	"os"
	"testing"
)

func TestPanics(t *testing.T) {
	if name, err := os.Hostname(); err != nil || name != "vm" || os.Getenv("DRYDOCK_BIN") != "/drydock/bin" {
		t.Skip("this is not the test machine")
	}
	// proc_sys_kernel(5), sysrq: c crashes the system.
	t.Error(os.WriteFile("/proc/sysrq-trigger", []byte("c"), 0))
}
