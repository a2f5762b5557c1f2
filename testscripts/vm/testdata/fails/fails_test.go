// Package fails is run in the machine by the tests of testscripts/vm.
package fails

import (
	"fmt"
	"testing"
)

func TestFine(t *testing.T) { t.Log("this is not shown") }

func TestWrong(t *testing.T) {
	fmt.Print("text without an end") // must not hide the verdict
	t.Run("inside", func(t *testing.T) { t.Error("this is wrong") })
}
