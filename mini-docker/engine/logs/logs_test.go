package logs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// keeper writes logs as the shim does.
type keeper struct {
	t     *testing.T
	log   Log
	ended atomic.Bool
	at    time.Time // of the next line
}

func newKeeper(t *testing.T) *keeper {
	k := &keeper{t: t, at: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)}
	k.log = Log{Folder: t.TempDir(), Name: "x-json.log", Ended: k.ended.Load}
	return k
}

func (k *keeper) write(lines ...string) {
	for _, each := range lines {
		k.raw(fmt.Sprintf("{\"log\":%q,\"stream\":\"stdout\",\"time\":%q}\n", each+"\n", k.at.Format(time.RFC3339Nano)))
		k.at = k.at.Add(time.Second)
	}
}

func (k *keeper) raw(text string) {
	file, err := os.OpenFile(filepath.Join(k.log.Folder, k.log.Name), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err == nil {
		_, err = file.WriteString(text)
		file.Close()
	}
	if err != nil {
		k.t.Error(err)
	}
}

// rotate renames the file, and that before it, of three.
func (k *keeper) rotate() {
	name := filepath.Join(k.log.Folder, k.log.Name)
	os.Rename(name+".1", name+".2") // there may be none
	if err := os.Rename(name, name+".1"); err != nil {
		k.t.Error(err)
	}
}

// read returns the lines, joined.
func (k *keeper) read(o Options) string {
	k.t.Helper()
	var got []string
	err := Read(k.t.Context(), k.log, o, func(line Line) error {
		got = append(got, strings.TrimSuffix(line.Text, "\n"))
		return nil
	})
	if err != nil {
		k.t.Error(err)
	}
	return strings.Join(got, " ")
}

func TestWhatIsThereIsReadInOrder(t *testing.T) {
	k := newKeeper(t)
	if got := k.read(Options{Tail: -1}); got != "" {
		t.Errorf("a container that wrote nothing: got %q", got)
	}
	k.write("one", "two")
	k.rotate()
	k.write("three")
	k.rotate()
	k.raw("damaged\n\x00\x00\n")
	k.write("four", "five")
	k.raw(`{"log":"half a line`)
	start := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	for want, o := range map[string]Options{
		"one two three four five":  {Tail: -1},
		"":                         {Tail: 0},
		"four five":                {Tail: 2},
		"one two three four five ": {Tail: 100},
		"three four":               {Tail: -1, Since: start.Add(2 * time.Second), Until: start.Add(3 * time.Second)},
	} {
		if got := k.read(o); got != strings.TrimSpace(want) {
			t.Errorf("%+v: got %q, want %q", o, got, want)
		}
	}
}

func TestFollowingMissesNothing(t *testing.T) {
	k := newKeeper(t)
	const lines = 3000
	k.write("0")
	read := make(chan struct{})
	go func() {
		for n := 1; n < lines; n++ {
			k.write(fmt.Sprint(n))
			// The reader has caught up when a file goes that it may not have read:
			// otherwise it is lost, as it is meant to be.
			if n%500 == 0 {
				k.rotate()
			}
		}
		k.ended.Store(true)
		close(read)
	}()
	got := strings.Fields(k.read(Options{Tail: -1, Follow: true}))
	<-read
	for i := 1; i < len(got); i++ {
		var a, b int
		fmt.Sscan(got[i-1], &a)
		fmt.Sscan(got[i], &b)
		if b <= a {
			t.Fatalf("line %d comes after %d", b, a)
		}
	}
	if len(got) == 0 || got[len(got)-1] != fmt.Sprint(lines-1) {
		t.Errorf("got %d lines, of which the last is not %d", len(got), lines-1)
	}
}

func TestFollowingEndsWhenItIsToldTo(t *testing.T) {
	k := newKeeper(t)
	k.write("one")
	ctx, cancel := context.WithCancel(t.Context())
	err := Read(ctx, k.log, Options{Tail: -1, Follow: true}, func(Line) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
}

func TestFollowingEndsWithTheContainersFolder(t *testing.T) {
	k := newKeeper(t)
	k.write("one")
	k.log.Ended = func() bool { _, err := os.Stat(k.log.Folder); return err != nil }
	err := Read(t.Context(), k.log, Options{Tail: -1, Follow: true}, func(Line) error {
		return os.RemoveAll(k.log.Folder)
	})
	if err != nil {
		t.Errorf("got %v, want an end", err)
	}
}
