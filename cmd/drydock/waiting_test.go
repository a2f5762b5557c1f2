package main

import (
	"strings"
	"sync"
	"testing"
	"time"
)

func TestWhoWaitsIsToldForWhat(t *testing.T) {
	// waits is what is on a terminal of 30 columns when something has taken long.
	waits := func(plain bool) string {
		told := make(chan struct{})
		tell := sync.OnceFunc(func() { close(told) })
		return strings.Join(newLearner(t).onTerminal(30, func(t *tutor) {
			t.plain = plain
			done := t.whileWaiting(func() string { tell(); return "Opening what takes very long to open" })
			<-told
			done()
		}), "\n")
	}
	const line = eraseLine + "Opening what takes very long…"
	if got := waits(false); !strings.HasPrefix(got, line) || !strings.HasSuffix(got, eraseLine) || strings.Contains(got, "\n") {
		t.Errorf("got %q, want a line of 29 columns at most that is gone in the end", got)
	}
	if got, want := waits(true), "Opening what takes very long to open\n"; got != want {
		t.Errorf("for a screen reader: got %q, want %q", got, want)
	}
	short := newLearner(t).onTerminal(30, func(t *tutor) { t.whileWaiting(always("Opening"))() })
	if got := strings.Join(short, "\n"); got != "" {
		t.Errorf("what takes no time: got %q, want nothing", got)
	}
}

func TestACompilationTellsHowFarItIs(t *testing.T) {
	seen := ""
	newLearner(t).onTerminal(80, func(t *tutor) {
		b := &building{tutor: t}
		b.compiled("net/http")
		b.compiled("drydock/mini-docker/engine")
		seen = b.sofar(7 * time.Second)
	})
	if want := "Compiling your mini-docker, 7 s (the first time it takes minutes): package 2, drydock/mini-docker/engine"; seen != want {
		t.Errorf("got %q, want %q", seen, want)
	}
}
