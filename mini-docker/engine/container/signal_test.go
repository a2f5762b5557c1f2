package container

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestSignalsAreKnownByAllTheirNames(t *testing.T) {
	for text, want := range map[string]unix.Signal{
		"15": 15, "TERM": 15, "sigterm": 15, "CLD": 17, "SIGCHLD": 17, "IOT": 6, "POLL": 29, "STKFLT": 16, "WINCH": 28,
		"RTMIN": 34, "SIGRTMIN+3": 37, "RTMAX": 64, "RTMAX-1": 63, "64": 64,
		"0": 0, "65": 0, "RTMIN-1": 0, "RTMAX+1": 0, "RTMIN+31": 0, "FLY": 0, "": 0, "-1": 0,
	} {
		if got, err := ParseSignal(text); got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: got %d, %v, want %d", text, got, err, want)
		}
	}
}
