package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Every start of mini-docker initialises all packages that it links, whichever it will
// use. A regular expression at package level is hundreds of allocations: compile it
// when it is first used (sync.OnceValue).
func TestNoPackageOfOursMakesTheStartLonger(t *testing.T) {
	const most = 30
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var traced bytes.Buffer
	cmd.Stderr = &traced
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	// init drydock/mini-docker/runtime @12 ms, 0.030 ms clock, 5120 bytes, 17 allocs
	lines := regexp.MustCompile(`(?m)^init (drydock/\S+) .* (\d+) allocs$`).FindAllStringSubmatch(traced.String(), -1)
	if len(lines) < 5 || !strings.Contains(traced.String(), "init drydock/mini-docker/runtime ") {
		t.Fatalf("the runtime names %d packages of ours that it has initialised:\n%s", len(lines), &traced)
	}
	for _, each := range lines {
		if allocs, err := strconv.Atoi(each[2]); err != nil || allocs > most {
			t.Errorf("%s makes %s allocations at each start, and may make %d", each[1], each[2], most)
		}
	}
}
