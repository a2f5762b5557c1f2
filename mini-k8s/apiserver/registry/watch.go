package registry

import (
	"context"
	"fmt"
	"strings"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/apiserver/cache"
	"drydock/mini-k8s/store"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// Event is one line of a watch.
type Event struct {
	Type   watch.EventType
	Object *api.Object
	// Text is Object as JSON, where more than this watch may want it.
	Text func() ([]byte, error)
}

// bookmarkEvery is how often a quiet watcher is told how far it has come.
const bookmarkEvery = time.Minute

// Watcher is one watch: its place in the history and what it wants to see.
type Watcher struct {
	store    store.Store
	cache    *cache.Cache
	kind     *api.Kind
	prefix   string
	selected *Selection
	options  *metav1.ListOptions
	place    store.Revision
	send     func(Event) error
}

// Watch prepares to watch the selected objects.
func (r *Registry) Watch(namespace string, options *metav1.ListOptions) (*Watcher, error) {
	selected, err := r.Selection(options)
	if err != nil {
		return nil, err
	}
	version, err := parseVersion(options.ResourceVersion)
	if err != nil {
		return nil, err
	}
	if err := checkInitial(options); err != nil {
		return nil, err
	}
	return &Watcher{store: r.Store, cache: r.Cache, kind: r.Kind, prefix: r.Kind.NamespacePrefix(namespace), selected: selected, options: options, place: version}, nil
}

// Each tells send what happens until ctx ends or send returns an error. A client
// that asks for the initial events first gets what there is as ADDED, and a
// bookmark that says that this was all.
func (w *Watcher) Each(ctx context.Context, send func(Event) error) error {
	w.send = send
	if err := w.begin(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		events, through, err := w.after(ctx)
		if err != nil {
			return readError(err)
		}
		if len(events) == 0 && w.options.AllowWatchBookmarks && ctx.Err() == nil {
			err = w.bookmark(through, nil)
		}
		for _, e := range events {
			if err = w.show(e); err != nil {
				break
			}
		}
		if err != nil {
			return err
		}
		w.place = through
	}
	return nil
}

// checkInitial holds the options of a streamed list against one another.
func checkInitial(options *metav1.ListOptions) error {
	match := options.ResourceVersionMatch
	switch {
	case options.SendInitialEvents == nil && match != "":
		return apierrors.NewBadRequest("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
	case options.SendInitialEvents != nil && match != metav1.ResourceVersionMatchNotOlderThan:
		return apierrors.NewBadRequest("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
	}
	return nil
}

// begin sends what there is, where that is asked for, and finds the place from
// which to go on. Without a resourceVersion a watch begins with all there is,
// too, which older clients expect.
func (w *Watcher) begin(ctx context.Context) error {
	initial := w.options.SendInitialEvents
	isLegacy := initial == nil && w.place == 0
	if initial == nil && !isLegacy || initial != nil && !*initial && w.place != 0 {
		return nil
	}
	if w.options.ResourceVersion == "" { // the latest, not what is at hand
		latest, err := w.store.Revision(ctx)
		if err != nil {
			return asStatus(err)
		}
		w.place = latest
	}
	items, at, err := w.cache.List(ctx, w.prefix, w.place)
	if err != nil {
		return readError(err)
	}
	w.place = at
	if initial != nil && !*initial {
		return nil
	}
	for _, item := range items {
		if w.selected.Matches(item.Object) {
			if err := w.send(Event{Type: watch.Added, Object: item.Object}); err != nil {
				return err
			}
		}
	}
	if initial != nil && w.options.AllowWatchBookmarks {
		return w.bookmark(at, map[string]string{metav1.InitialEventsAnnotationKey: "true"})
	}
	return nil
}

// after waits for what comes next, and no longer than until a bookmark is due.
func (w *Watcher) after(ctx context.Context) ([]cache.Event, store.Revision, error) {
	ctx, cancel := context.WithTimeout(ctx, bookmarkEvery)
	defer cancel()
	return w.cache.After(ctx, w.place)
}

// show sends an event as it looks through the selection: an object that begins
// to match was added, one that ceases to was deleted.
func (w *Watcher) show(e cache.Event) error {
	if !strings.HasPrefix(e.Key, w.prefix) {
		return nil
	}
	before := e.Previous != nil && w.selected.Matches(e.Previous)
	now := e.Type != watch.Deleted && w.selected.Matches(e.Object)
	switch {
	case now && before:
		return w.send(Event{watch.Modified, e.Object, e.Text})
	case now:
		return w.send(Event{watch.Added, e.Object, e.Text})
	case !before:
		return nil
	}
	last := e.Previous.DeepCopy()
	last.SetResourceVersion(fmt.Sprint(e.Revision))
	return w.send(Event{Type: watch.Deleted, Object: last})
}

// bookmark tells how far the watch has come, by an object that is nothing else.
func (w *Watcher) bookmark(at store.Revision, annotations map[string]string) error {
	o := &api.Object{Object: map[string]any{}}
	o.SetGroupVersionKind(w.kind.GroupVersionKind())
	o.SetResourceVersion(fmt.Sprint(at))
	api.Set(o.Object, nil, "metadata", "creationTimestamp")
	if annotations != nil {
		o.SetAnnotations(annotations)
	}
	return w.send(Event{Type: watch.Bookmark, Object: o})
}
