package main

import (
	"os"
	"testing"
)

// TestMain lets this test program be all that mini-docker is, since it executes itself:
// without it a command that goes on in a user namespace would run all tests again.
func TestMain(m *testing.M) {
	become()
	if os.Args[0] == "mini-docker" { // as it goes on there
		main()
	}
	os.Exit(m.Run())
}
