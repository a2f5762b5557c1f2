package main

import (
	"strings"
	"testing"
	"time"

	"drydock/mini-docker/image/remote"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func layerOf(digit string) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: strings.Repeat(digit, 64)}
}

func TestABarFitsItsTerminal(t *testing.T) {
	for _, columns := range []int{20, 40, 80, 200} {
		for _, at := range []int64{0, 1, 999_999_999, 1 << 30} {
			line := barLine(remote.Progress{Digest: layerOf("a"), State: remote.Downloading, At: at, Size: 1 << 30}, columns)
			if len(line) >= max(columns, 45) {
				t.Errorf("%d columns: %q has %d", columns, line, len(line))
			}
		}
	}
	got := barLine(remote.Progress{Digest: layerOf("a"), State: remote.Downloading, At: 512, Size: 1024}, 80)
	if want := "aaaaaaaaaaaa: Downloading [=================>                 ] 512B/1.02kB"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Each layer keeps its line, whichever comes next.
func TestBarsKeepTheirLines(t *testing.T) {
	b := newBars(nil)
	var drawn strings.Builder
	for _, p := range []remote.Progress{
		{Digest: layerOf("a"), State: remote.Waiting}, {Digest: layerOf("b"), State: remote.Waiting},
		{Digest: layerOf("a"), State: remote.PullComplete}, {Digest: layerOf("b"), State: remote.AlreadyExists},
	} {
		drawn.WriteString(b.draw(p, 80))
	}
	want := "aaaaaaaaaaaa: Waiting\nbbbbbbbbbbbb: Waiting\n" +
		"\x1b[2A\r\x1b[2Kaaaaaaaaaaaa: Pull complete\r\x1b[2B\x1b[1A\r\x1b[2Kbbbbbbbbbbbb: Already exists\r\x1b[1B"
	if drawn.String() != want {
		t.Errorf("got  %q\nwant %q", drawn.String(), want)
	}
}

func TestABarIsDrawnTenTimesASecond(t *testing.T) {
	b, now, n := newBars(nil), time.Unix(0, 0), 0
	b.now = func() time.Time { return now }
	for range 100 {
		now = now.Add(10 * time.Millisecond)
		if b.due(remote.Progress{Digest: layerOf("a"), State: remote.Downloading}) {
			n++
		}
	}
	if n != 10 {
		t.Errorf("drawn %d times in a second", n)
	}
}
