package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// Event is one line of a watch: watch.Added, Modified, Deleted, or Bookmark,
// which tells no more than how far the watch has come.
type Event[T any] struct {
	Type   watch.EventType
	Object *T
}

// IsInitialEnd reports whether an event is the bookmark that ends what was there
// when the watch began.
func (e Event[T]) IsInitialEnd() bool {
	return e.Type == watch.Bookmark && meta(e.Object).GetAnnotations()[metav1.InitialEventsAnnotationKey] == "true"
}

// Watch tells what happens to the selected objects of a namespace, or of all.
//
// From is the resourceVersion after which to begin. When it is empty, all that
// is there comes first, as Added, and then a bookmark that says so
// (IsInitialEnd); what comes after is news. This is one request where a list and
// a watch would be two.
//
// A watch ends when ctx does, with an error, or without one when the server has
// had it open for long enough: begin again with the last resourceVersion.
func (r *Resource[T]) Watch(ctx context.Context, namespace string, selected Selector, from string) iter.Seq2[Event[T], error] {
	query := selected.query()
	query.Set("watch", "true")
	query.Set("allowWatchBookmarks", "true")
	if query.Set("resourceVersion", from); from == "" {
		query.Set("sendInitialEvents", "true")
		query.Set("resourceVersionMatch", string(metav1.ResourceVersionMatchNotOlderThan))
	}
	return func(yield func(Event[T], error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		answer, err := r.client.Do(ctx, Request{Method: http.MethodGet, Path: Path(r.Kind, namespace, ""), Query: query})
		if err != nil {
			yield(Event[T]{}, err)
			return
		}
		defer answer.Body.Close()
		for lines := bufio.NewReader(answer.Body); ; {
			event, err := nextEvent[T](lines)
			if errors.Is(err, io.EOF) || !yield(event, err) || err != nil {
				return
			}
		}
	}
}

// nextEvent reads one line of a watch. The last may be a Status that says why it
// ends.
func nextEvent[T any](lines *bufio.Reader) (event Event[T], err error) {
	line, err := lines.ReadBytes('\n')
	switch {
	case errors.Is(err, io.EOF) && len(line) > 0:
		return event, io.ErrUnexpectedEOF
	case err != nil:
		return event, err
	}
	unfit := json.Unmarshal(line, &event)
	if event.Type != watch.Error {
		if unfit != nil {
			return event, fmt.Errorf("reading event of a watch: %w", unfit)
		}
		return event, nil
	}
	why := struct{ Object metav1.Status }{}
	if err := json.Unmarshal(line, &why); err != nil {
		return event, fmt.Errorf("reading the end of a watch: %w", err)
	}
	return Event[T]{}, &apierrors.StatusError{ErrStatus: why.Object}
}
