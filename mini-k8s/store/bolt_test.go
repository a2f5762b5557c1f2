package store_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"drydock/mini-k8s/store"
	"drydock/mini-k8s/store/storetest"
)

func open(t testing.TB, file string) *store.Bolt {
	t.Helper()
	b, err := store.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBolt(t *testing.T) {
	storetest.Run(t, func(t *testing.T) (store.Store, string) {
		b := open(t, filepath.Join(t.TempDir(), "store.db"))
		t.Cleanup(func() { b.Close() })
		return b, "/registry/test/"
	})
}

func TestAFreshStoreIsAtOne(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), "store.db"))
	defer b.Close()
	if revision, err := b.Revision(t.Context()); err != nil || revision != 1 {
		t.Errorf("revision: got %d, %v, want 1", revision, err)
	}
}

func TestAStoreIsOpenedOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "store.db")
	b := open(t, file)
	defer b.Close()
	if _, err := store.Open(file); err == nil || !strings.Contains(err.Error(), "another process has it open") {
		t.Errorf("opening it twice: got %v", err)
	}
}

func TestACorruptFileIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "store.db")
	if err := os.WriteFile(file, bytes.Repeat([]byte("garbage "), 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(file); err == nil {
		t.Error("opening garbage: got no error")
	}
}

func TestWritesThatCannotBeMeantAreRefused(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), "store.db"))
	defer b.Close()
	for name, change := range map[string]store.Change{
		"no key":         {Value: []byte("x")},
		"NUL in the key": {Key: "a\x00b", Value: []byte("x")},
		"a long key":     {Key: strings.Repeat("k", 2000), Value: []byte("x")},
		"a large value":  {Key: "a", Value: make([]byte, 5<<20)},
	} {
		if _, err := b.Write(t.Context(), change); err == nil || errors.Is(err, store.ErrConflict) {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}

func TestAClosedStoreSaysSo(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), "store.db"))
	watching := make(chan error, 1)
	go func() {
		watching <- b.Watch(context.Background(), "/", 1, func(store.Batch) error { return nil })
	}()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-watching; !errors.Is(err, store.ErrClosed) {
		t.Errorf("watch: got %v", err)
	}
	_, err := b.Write(t.Context(), store.Change{Key: "a", Value: []byte("x")})
	if !errors.Is(err, store.ErrClosed) {
		t.Errorf("write: got %v", err)
	}
	if _, err := b.Get(t.Context(), "a"); !errors.Is(err, store.ErrClosed) {
		t.Errorf("get: got %v", err)
	}
}

func TestHistoryOutlivesARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "store.db")
	b := open(t, file)
	first, err := b.Write(t.Context(), store.Change{Key: "a", Value: []byte("1")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Write(t.Context(), store.Change{Key: "a", Value: []byte("2"), If: first.Modified}); err != nil {
		t.Fatal(err)
	}
	b.Close()
	b = open(t, file)
	defer b.Close()
	stop := errors.New("stop")
	err = b.Watch(t.Context(), "a", first.Modified, func(batch store.Batch) error {
		if len(batch.Events) != 1 || string(batch.Events[0].Value) != "2" {
			t.Errorf("watched after a restart: got %v", batch.Events)
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Error(err)
	}
}

// The environment of a process that is killed while it writes.
const crashFile = "STORE_CRASH_FILE"

// TestMain is also the process that is killed: it writes for ever and prints
// each key once it is acknowledged.
func TestMain(m *testing.M) {
	file := os.Getenv(crashFile)
	if file == "" {
		os.Exit(m.Run())
	}
	b, err := store.Open(file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var out sync.Mutex
	for writer := range 16 {
		go func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("/%s/%d/%d", os.Args[1], writer, i)
				if _, err := b.Write(context.Background(), store.Change{Key: key, Value: []byte(key)}); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				out.Lock()
				fmt.Println(key)
				out.Unlock()
			}
		}()
	}
	select {}
}

func TestNoAcknowledgedWriteIsLostWhenTheWriterIsKilled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "store.db")
	acknowledged := 0
	for round := range 5 {
		keys := writeUntilKilled(t, file, fmt.Sprint(round), 50+100*round)
		acknowledged += len(keys)
		b := open(t, file)
		for _, key := range keys {
			entry, err := b.Get(t.Context(), key)
			if err != nil || string(entry.Value) != key {
				t.Fatalf("round %d: %s was acknowledged; got %q, %v", round, key, entry.Value, err)
			}
		}
		revision, err := b.Revision(t.Context())
		if err != nil || int(revision) < acknowledged+1 {
			t.Fatalf("round %d: revision %d after %d writes, %v", round, revision, acknowledged, err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// writeUntilKilled kills a writer after some writes and returns all of which it
// had said that they were done.
func writeUntilKilled(t *testing.T, file, round string, after int) (keys []string) {
	cmd := exec.Command(os.Args[0], round)
	cmd.Env = append(os.Environ(), crashFile+"="+file)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(pipe)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // a line without its end was not said
		}
		keys = append(keys, strings.TrimSpace(line))
		if len(keys) == after {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait() // killed
	if len(keys) < after {
		t.Fatalf("the writer ended by itself after %d writes", len(keys))
	}
	return keys
}

func Example() {
	dir, err := os.MkdirTemp("", "store-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(filepath.Join(dir, "store.db"))
	if err != nil {
		panic(err)
	}
	defer s.Close()
	ctx := context.Background()
	first, _ := s.Write(ctx, store.Change{Key: "/registry/pods/default/web", Value: []byte("one")})
	_, _ = s.Write(ctx, store.Change{Key: first.Key, Value: []byte("two"), If: first.Modified})
	_, err = s.Write(ctx, store.Change{Key: first.Key, Value: []byte("three"), If: first.Modified})
	fmt.Println(err)
	// Output: writing /registry/pods/default/web: the key has been changed by another
}
