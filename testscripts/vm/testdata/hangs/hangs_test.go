// Package hangs is run in the machine by the tests of testscripts/vm.
package hangs

import "testing"

func TestHangs(t *testing.T) { select {} }
