package client_test

import (
	"fmt"
	"sync"
	"testing"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/client/clienttest"

	corev1 "k8s.io/api/core/v1"
)

// follow runs a cache of ConfigMaps whose changes are noted as "name old>now".
func follow(w *clienttest.World) (*client.Cache[corev1.ConfigMap], func() []string) {
	var mutex sync.Mutex
	var seen []string
	cache := client.Cached[corev1.ConfigMap](w.Client, client.Selector{Fields: "metadata.namespace=default"})
	cache.OnChange(func(old, now *corev1.ConfigMap) {
		mutex.Lock()
		defer mutex.Unlock()
		value := func(o *corev1.ConfigMap) string {
			if o == nil {
				return "-"
			}
			return o.Data["key"]
		}
		name := old
		if name == nil {
			name = now
		}
		seen = append(seen, fmt.Sprintf("%s %s>%s", name.Name, value(old), value(now)))
	})
	w.Run(cache.Run)
	if err := cache.Synced(w.Context()); err != nil {
		w.Fatal(err)
	}
	return cache, func() []string {
		mutex.Lock()
		defer mutex.Unlock()
		return append([]string(nil), seen...)
	}
}

func holding(name, value string) *corev1.ConfigMap {
	o := configMap(name)
	o.Data = map[string]string{"key": value}
	return o
}

func TestACacheFollowsItsKind(t *testing.T) {
	w := clienttest.New(t)
	clienttest.Create(w, holding("before", "1"))
	cache, seen := follow(w)
	if got := cache.Lookup(client.Key{Namespace: "default", Name: "before"}); got == nil || got.Data["key"] != "1" {
		t.Errorf("what was there before: got %v", got)
	}
	made := clienttest.Create(w, holding("after", "1"))
	made.Data["key"] = "2"
	maps := client.Of[corev1.ConfigMap](w.Client)
	if _, err := maps.Update(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	if err := maps.Delete(t.Context(), "default", "before"); err != nil {
		t.Fatal(err)
	}
	want := []string{"before ->1", "after ->1", "after 1>2", "before 1>-"}
	w.Await(fmt.Sprint(want), func() bool { return len(seen()) == len(want) })
	if got := fmt.Sprint(seen()); got != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestACacheGoesOnAfterABreak(t *testing.T) {
	w := clienttest.New(t)
	clienttest.Create(w, holding("a", "1"))
	_, seen := follow(w)
	w.Break()
	clienttest.Create(w, holding("b", "1"))
	w.Break()
	w.Await("b is seen", func() bool { return len(seen()) == 2 })
	if got, want := fmt.Sprint(seen()), "[a ->1 b ->1]"; got != want {
		t.Errorf("got %s, want %s: nothing twice", got, want)
	}
}

func TestACacheKnowsWhatWasWrittenThroughIt(t *testing.T) {
	w := clienttest.New(t)
	cache, seen := follow(w)
	for i := range 50 {
		key := client.Key{Namespace: "default", Name: fmt.Sprint("a", i)}
		made, err := cache.Create(t.Context(), holding(key.Name, "1"))
		if err != nil {
			t.Fatal(err)
		}
		if got := cache.Lookup(key); got == nil || got.ResourceVersion != made.ResourceVersion {
			t.Fatalf("%s was made and is not in the cache: %v", key, got)
		}
		changed := made.DeepCopy()
		changed.Data["key"] = "2"
		if _, err := cache.Update(t.Context(), changed); err != nil {
			t.Fatal(err)
		}
		if got := cache.Lookup(key); got.Data["key"] != "2" {
			t.Fatalf("%s was changed: got %v", key, got)
		}
	}
	if got := len(cache.All()); got != 50 {
		t.Errorf("got %d objects, want 50", got)
	}
	w.Await("the watch tells all", func() bool { return len(seen()) == 100 })
	if err := cache.Delete(t.Context(), client.Key{Namespace: "default", Name: "a0"}); err != nil {
		t.Fatal(err)
	}
	w.Await("a0 is gone", func() bool { return len(cache.All()) == 49 })
}

func TestAPodIsDeletedInTheCacheAtOnce(t *testing.T) {
	w := clienttest.New(t)
	pods := client.Cached[corev1.Pod](w.Client, client.Selector{})
	w.Run(pods.Run)
	if err := pods.Synced(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		made, err := pods.Create(t.Context(), clienttest.Pod(fmt.Sprint("p", i)))
		if err != nil {
			t.Fatal(err)
		}
		if err := pods.Delete(t.Context(), client.KeyOf(made)); err != nil {
			t.Fatal(err)
		}
		if left := pods.Lookup(client.KeyOf(made)); left != nil && left.DeletionTimestamp == nil {
			t.Fatalf("%s is shown as if it would stay", left.Name)
		}
	}
	w.Await("all are gone", func() bool { return len(pods.All()) == 0 })
}
