package registry

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/apiserver/cache"
	"drydock/mini-k8s/store"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// List is what a list found.
type List struct {
	Items           []*api.Object
	ResourceVersion string
	Continue        string
	Remaining       *int64 // behind the limit, where that is known
}

// List returns the objects of a namespace, or of all, that the options select.
//
// Without a resourceVersion it shows what the store knows now; with one, what
// was at that or later; "0" takes whatever is at hand. A page is continued from
// the store at the revision of the first, so that all pages together are true
// at one instant.
func (r *Registry) List(ctx context.Context, namespace string, options *metav1.ListOptions) (*List, error) {
	selected, err := r.Selection(options)
	if err != nil {
		return nil, err
	}
	if options.Continue != "" {
		return r.next(ctx, namespace, selected, options)
	}
	version, err := parseVersion(options.ResourceVersion)
	if err != nil {
		return nil, err
	}
	switch {
	case options.ResourceVersionMatch == metav1.ResourceVersionMatchExact && version > 0:
		return r.page(ctx, namespace, selected, pageOf{limit: int(options.Limit), at: version})
	case options.ResourceVersion == "":
		if version, err = r.Store.Revision(ctx); err != nil {
			return nil, asStatus(err)
		}
	}
	items, at, err := r.Cache.List(ctx, r.Kind.NamespacePrefix(namespace), version)
	if err != nil {
		return nil, readError(err)
	}
	return take(items, at, selected, int(options.Limit)), nil
}

// All returns every object of the kind as the store has them now.
func (r *Registry) All(ctx context.Context) ([]*api.Object, error) {
	list, err := r.List(ctx, "", &metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

// take selects from a list of the cache, up to a limit.
func take(items []cache.Item, at store.Revision, selected *Selection, limit int) *List {
	list := &List{ResourceVersion: fmt.Sprint(at)}
	last := ""
	for i, item := range items {
		if !selected.Matches(item.Object) {
			continue
		}
		if limit > 0 && len(list.Items) == limit {
			list.Continue = token{at, last}.String()
			if left := int64(len(items) - i); selected.Everything() {
				list.Remaining = &left
			}
			break
		}
		list.Items = append(list.Items, item.Object)
		last = item.Key
	}
	return list
}

// token is what a client brings back to have the next page.
type token struct {
	At    store.Revision `json:"rv"`
	After string         `json:"start"`
}

func (t token) String() string {
	text, _ := json.Marshal(t) // of a number and a string: cannot fail
	return base64.RawURLEncoding.EncodeToString(text)
}

// next returns the page that a token stands for.
func (r *Registry) next(ctx context.Context, namespace string, selected *Selection, options *metav1.ListOptions) (*List, error) {
	if options.ResourceVersion != "" && options.ResourceVersion != "0" {
		return nil, apierrors.NewBadRequest("specifying resource version is not allowed when using continue")
	}
	var t token
	text, err := base64.RawURLEncoding.DecodeString(options.Continue)
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	if err != nil || t.At <= 0 {
		return nil, apierrors.NewBadRequest("continue key is not valid")
	}
	return r.page(ctx, namespace, selected, pageOf{limit: int(options.Limit), at: t.At, after: t.After})
}

// pageOf says which page of a list is meant.
type pageOf struct {
	limit int
	at    store.Revision
	after string
}

// page reads from the store until the limit is reached.
func (r *Registry) page(ctx context.Context, namespace string, selected *Selection, p pageOf) (*List, error) {
	list := &List{ResourceVersion: fmt.Sprint(p.at)}
	for {
		page, err := r.Store.List(ctx, r.Kind.NamespacePrefix(namespace), store.Range{After: p.after, Limit: p.limit, At: p.at})
		if err != nil {
			return nil, readError(err)
		}
		for i, entry := range page.Entries {
			o, err := cache.Decode(entry)
			if err != nil {
				return nil, apierrors.NewInternalError(err)
			}
			p.after = entry.Key
			if selected.Matches(o) {
				list.Items = append(list.Items, o)
			}
			if more := page.More || i < len(page.Entries)-1; more && p.limit > 0 && len(list.Items) == p.limit {
				list.Continue = token{p.at, p.after}.String()
				return list, nil
			}
		}
		if !page.More {
			return list, nil
		}
	}
}

// parseVersion reads a resourceVersion: to clients an opaque text, here a
// revision.
func parseVersion(text string) (store.Revision, error) {
	if text == "" {
		return 0, nil
	}
	number, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, apierrors.NewBadRequest(fmt.Sprintf("Invalid value: %q: %v", text, err))
	}
	return store.Revision(number), nil
}

// readError words what can be wrong with the revision of a list or watch.
func readError(err error) error {
	var tooNew *cache.TooNewError
	switch {
	case errors.As(err, &tooNew):
		status := apierrors.NewTimeoutError(tooNew.Error(), 1)
		status.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: metav1.CauseTypeResourceVersionTooLarge, Message: "Too large resource version"}}
		return status
	case errors.Is(err, store.ErrCompacted):
		return apierrors.NewResourceExpired("The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.")
	case errors.Is(err, cache.ErrExpired):
		return apierrors.NewResourceExpired(err.Error())
	}
	return asStatus(err)
}
