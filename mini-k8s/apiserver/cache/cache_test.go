package cache

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/store"

	"k8s.io/apimachinery/pkg/watch"
)

// written is an object as a store would tell of it.
func written(name string, at store.Revision) store.Event {
	text := fmt.Sprintf(`{"metadata":{"name":%q}}`, name)
	return store.Event{Entry: store.Entry{Key: "/registry/things/" + name, Value: []byte(text), Modified: at}}
}

func filled(t *testing.T, at store.Revision) *Cache {
	t.Helper()
	c := New(&api.Kind{Plural: "things"}, nil)
	if err := c.fill(store.Page{At: at}); err != nil {
		t.Fatal(err)
	}
	return c
}

func take(t *testing.T, c *Cache, through store.Revision, events ...store.Event) {
	t.Helper()
	if err := c.take(store.Batch{Events: events, Through: through}); err != nil {
		t.Fatal(err)
	}
}

func TestItemsAreOrderedAndEventsKnowWhatWas(t *testing.T) {
	c := filled(t, 10)
	take(t, c, 14, written("b", 11), written("a", 12), written("b", 13),
		store.Event{Entry: store.Entry{Key: "/registry/things/a", Modified: 14}, Deleted: true})
	items, at, err := c.List(t.Context(), "/registry/things/", 14)
	if err != nil || at != 14 || len(items) != 1 || items[0].Object.GetResourceVersion() != "13" {
		t.Fatalf("list: got %v at %d, %v", items, at, err)
	}
	events, through, err := c.After(t.Context(), 11)
	if err != nil || through != 14 || len(events) != 3 {
		t.Fatalf("events: got %v through %d, %v", events, through, err)
	}
	for i, want := range []watch.EventType{watch.Added, watch.Modified, watch.Deleted} {
		if events[i].Type != want {
			t.Errorf("event %d: got %s, want %s", i, events[i].Type, want)
		}
	}
	if last := events[2]; last.Object.GetName() != "a" || last.Object.GetResourceVersion() != "14" || last.Previous.GetResourceVersion() != "12" {
		t.Errorf("deletion: got %v, before %v", last.Object, last.Previous)
	}
}

func TestAWatcherThatIsTooSlowIsDropped(t *testing.T) {
	c := filled(t, 1)
	for i := range historyMost + 10 {
		take(t, c, store.Revision(i+2), written("a", store.Revision(i+2)))
	}
	if _, _, err := c.After(t.Context(), 5); !errors.Is(err, ErrExpired) {
		t.Errorf("after 5: got %v", err)
	}
	if events, _, err := c.After(t.Context(), historyMost); err != nil || len(events) != 11 {
		t.Errorf("near the end: got %d events, %v, want 11", len(events), err)
	}
}

func TestHistoryIsForgottenByAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := filled(t, 1)
		for i := range 2 * historyLeast {
			take(t, c, store.Revision(i+2), written("a", store.Revision(i+2)))
		}
		time.Sleep(2 * historyAge)
		last := store.Revision(2*historyLeast + 2)
		take(t, c, last, written("a", last))
		if events, _, err := c.After(t.Context(), last-historyLeast); err != nil || len(events) != historyLeast {
			t.Errorf("the youngest: got %d events, %v, want %d", len(events), err, historyLeast)
		}
		if _, _, err := c.After(t.Context(), 2); !errors.Is(err, ErrExpired) {
			t.Errorf("the old: got %v", err)
		}
	})
}

func TestAReaderWaitsUntilTheCacheIsFreshEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := filled(t, 1)
		go func() {
			time.Sleep(time.Second)
			take(t, c, 7) // others were written
		}()
		began := time.Now()
		if _, at, err := c.List(t.Context(), "/", 7); err != nil || at != 7 || time.Since(began) != time.Second {
			t.Errorf("got revision %d after %v, %v", at, time.Since(began), err)
		}
		var tooNew *TooNewError
		if _, _, err := c.List(t.Context(), "/", 8); !errors.As(err, &tooNew) || tooNew.Current != 7 {
			t.Errorf("what does not come: got %v", err)
		}
	})
}

func TestAWatcherWaitsAndIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := filled(t, 1)
		go func() {
			time.Sleep(time.Second)
			take(t, c, 2, written("a", 2))
		}()
		if events, _, err := c.After(t.Context(), 1); err != nil || len(events) != 1 {
			t.Errorf("got %v, %v", events, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if events, through, err := c.After(ctx, 2); err != nil || len(events) != 0 || through != 2 {
			t.Errorf("nothing happens: got %v through %d, %v", events, through, err)
		}
	})
}
