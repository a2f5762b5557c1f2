package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/image"
)

func TestANameGoesToOneOfMany(t *testing.T) {
	e := newEngine(t)
	const contenders = 20
	results := make(chan error, contenders)
	var all sync.WaitGroup
	for range contenders {
		all.Go(func() {
			_, err := e.Create(t.Context(), CreateOptions{Image: testImage, Name: "wanted"})
			results <- err
		})
	}
	all.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else if !errors.Is(err, container.ErrNameInUse) {
			t.Errorf("got %v, want ErrNameInUse", err)
		}
	}
	list, err := e.List(t.Context())
	must(t, err)
	if won != 1 || len(list) != 1 {
		t.Errorf("got %d winners and %d containers, want 1 and 1", won, len(list))
	}
}

func TestRandomNamesDoNotCollide(t *testing.T) {
	e := newEngine(t)
	seen := map[string]bool{}
	for range 30 {
		seen[create(t, e, "").Name] = true
	}
	if len(seen) != 30 {
		t.Errorf("got %d names for 30 containers", len(seen))
	}
}

func TestANameLeftByACrashIsFree(t *testing.T) {
	e := newEngine(t)
	create(t, e, "before") // makes the folders
	must(t, os.Symlink(strings.Repeat("b", 64), filepath.Join(e.root, "names", "ghost")))
	if c := create(t, e, "ghost"); c.Name != "/ghost" {
		t.Errorf("got name %q", c.Name)
	}
}

func TestBadNames(t *testing.T) {
	e := newEngine(t)
	for _, name := range []string{"x", "-abc", "a/b", "a b", "ä", "..", ".hidden"} {
		_, err := e.Create(t.Context(), CreateOptions{Image: testImage, Name: name})
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "Invalid container name ("+name+")") {
			t.Errorf("name %q: got %v", name, err)
		}
	}
}

func TestFindByIDNameAndPrefix(t *testing.T) {
	e := newEngine(t)
	one, two := create(t, e, "one"), create(t, e, "two")
	for _, ref := range []string{one.ID, "one", "/one", one.ID[:12], shortestPrefix(one.ID, two.ID)} {
		c, err := e.Find(t.Context(), ref)
		if err != nil || c.ID != one.ID {
			t.Errorf("%q: got %v, want container one", ref, err)
		}
	}
	for _, ref := range []string{"", "three", "on", "../one", ".", strings.Repeat("f", 64)} {
		if _, err := e.Find(t.Context(), ref); !errors.Is(err, container.ErrNotExist) {
			t.Errorf("%q: got %v, want ErrNotExist", ref, err)
		}
	}
	// A name goes before the beginning of an id.
	three := create(t, e, one.ID[:4])
	if c, err := e.Find(t.Context(), one.ID[:4]); err != nil || c.ID != three.ID {
		t.Errorf("a name like the beginning of an id: got %v", err)
	}
}

func TestAnAmbiguousPrefixIsRefused(t *testing.T) {
	e := newEngine(t)
	must(t, os.MkdirAll(e.containers.Dir("abc1"), 0o700))
	must(t, os.MkdirAll(e.containers.Dir("abc2"), 0o700))
	if _, err := e.Find(t.Context(), "abc"); !errors.Is(err, container.ErrAmbiguous) {
		t.Errorf("got %v, want ErrAmbiguous", err)
	}
}

// shortestPrefix returns the beginning of id that other does not have.
func shortestPrefix(id, other string) string {
	for n := range id {
		if id[:n+1] != other[:n+1] {
			return id[:n+1]
		}
	}
	return id
}

func TestADamagedContainerIsSeenAndCanBeRemoved(t *testing.T) {
	for _, damage := range []string{"", "{", `{"Id":"other"}`} {
		e := newEngine(t)
		c := create(t, e, "hurt")
		must(t, os.WriteFile(filepath.Join(e.containers.Dir(c.ID), "container.json"), []byte(damage), 0o600))
		found, err := e.Find(t.Context(), "hurt")
		if err != nil || found.State.Status != container.Dead {
			t.Fatalf("%q: got %v, want a dead container", damage, err)
		}
		must(t, e.Remove(t.Context(), found, true))
		create(t, e, "hurt") // its name is free again
	}
}

func TestListTidiesUpWhatACrashLeft(t *testing.T) {
	e := newEngine(t)
	must(t, os.MkdirAll(filepath.Join(e.containers.Hidden("half"), "upper"), 0o700))
	busy, err := e.newHidden(e.containers.Hidden("busy"))
	must(t, err)
	defer busy.Release()
	left, err := e.Create(t.Context(), CreateOptions{Image: testImage, AutoRemove: true})
	must(t, err)
	left.Release() // as its owner's death would
	gone, unwritten := strings.Repeat("a", 64), filepath.Join(e.states, strings.Repeat("b", 64))
	must(t, os.Symlink(gone, filepath.Join(e.root, "names", "gone")))
	must(t, os.Symlink("busy", filepath.Join(e.root, "names", "busy"))) // being made
	must(t, os.MkdirAll(unwritten, 0o700))

	list, err := e.List(t.Context())
	must(t, err)
	if len(list) != 0 {
		t.Errorf("got %d containers, want none", len(list))
	}
	for dir, want := range map[string]bool{e.containers.Hidden("half"): false, e.containers.Hidden("busy"): true, e.containers.Dir(left.ID): false,
		filepath.Join(e.root, "names", "gone"): false, filepath.Join(e.root, "names", "busy"): true, unwritten: false} {
		if _, err := os.Lstat(dir); (err == nil) != want {
			t.Errorf("%s: there: %v, want %v", filepath.Base(dir), err == nil, want)
		}
	}
}

func TestWhatACreateThatFailsLeaves(t *testing.T) {
	e := newEngine(t)
	create(t, e, "taken")
	_, err := e.Create(t.Context(), CreateOptions{Image: testImage, Name: "taken"})
	if !errors.Is(err, container.ErrNameInUse) {
		t.Fatalf("got %v, want ErrNameInUse", err)
	}
	entries, err := os.ReadDir(e.containers.Folder())
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("got %v, want the one container", entries)
	}
}

func TestAnUnknownImage(t *testing.T) {
	e := newEngine(t)
	_, err := e.Create(t.Context(), CreateOptions{Image: "foo"})
	if got, want := fmt.Sprint(err), "Unable to find image 'foo:latest' locally"; got != want || !errors.Is(err, image.ErrNotFound) {
		t.Errorf("got %q, want %q", got, want)
	}
}
