package kubectl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/client"

	"k8s.io/apimachinery/pkg/types"
	kyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// Manifests reads the objects of a file, of the files of a folder, or of what is
// typed ("-").
func (k *Kubectl) Manifests(names []string) ([]*api.Object, error) {
	var objects []*api.Object
	for _, name := range names {
		files := []string{name}
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			files = nil
			for _, end := range []string{"*.yaml", "*.yml", "*.json"} {
				found, err := filepath.Glob(filepath.Join(name, end))
				if err != nil {
					return nil, err
				}
				files = append(files, found...)
			}
		}
		for _, file := range files {
			found, err := k.manifest(file)
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", file, err)
			}
			objects = append(objects, found...)
		}
	}
	if len(objects) == 0 {
		return nil, errors.New("no objects passed to apply")
	}
	return objects, nil
}

func (k *Kubectl) manifest(file string) ([]*api.Object, error) {
	read := func() ([]byte, error) { return os.ReadFile(file) }
	if file == "-" {
		read = func() ([]byte, error) { return io.ReadAll(k.In) }
	}
	text, err := read()
	if err != nil {
		return nil, err
	}
	var objects []*api.Object
	for decoder := kyaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096); ; {
		o := &api.Object{}
		switch err := decoder.Decode(&o.Object); {
		case errors.Is(err, io.EOF):
			return objects, nil
		case err != nil:
			return nil, err
		case o.Object == nil: // between two ---
		case strings.HasSuffix(o.GetKind(), "List"):
			for _, each := range api.Maps(o.Object, "items") {
				objects = append(objects, &api.Object{Object: each})
			}
		default:
			objects = append(objects, o)
		}
	}
}

// target finds the kind of an object that a manifest describes.
func (k *Kubectl) target(o *api.Object) (Target, error) {
	kind := k.Client.Kinds.FindKind(o.GroupVersionKind())
	if kind == nil {
		return Target{}, fmt.Errorf("resource mapping not found for name: %q namespace: %q: no matches for kind %q in version %q", o.GetName(), o.GetNamespace(), o.GetKind(), o.GetAPIVersion())
	}
	return Target{kind, o.GetName()}, nil
}

// within returns the same for the namespace that an object names.
func (k *Kubectl) within(o *api.Object) *Kubectl {
	in := *k
	if o.GetNamespace() != "" {
		in.Namespace = o.GetNamespace()
	}
	return &in
}

// Apply brings objects to what manifests say, by server-side apply, and says of
// each whether that changed anything.
func (k *Kubectl) Apply(ctx context.Context, objects []*api.Object, force bool) error {
	var errs []error
	for _, o := range objects {
		errs = append(errs, k.within(o).apply(ctx, o, force))
	}
	return errors.Join(errs...)
}

func (k *Kubectl) apply(ctx context.Context, o *api.Object, force bool) error {
	t, err := k.target(o)
	if err != nil {
		return err
	}
	before, err := k.read(ctx, t)
	if err != nil && !client.IsNotFound(err) {
		return err
	}
	body, err := json.Marshal(o.Object)
	if err != nil {
		return err
	}
	query := url.Values{"fieldManager": {"kubectl"}, "fieldValidation": {"Strict"}}
	if force {
		query.Set("force", "true")
	}
	now, err := k.object(ctx, client.Request{
		Method: http.MethodPatch, Path: k.path(t), Query: query, Body: body, Header: http.Header{"Content-Type": {string(types.ApplyYAMLPatchType)}},
	})
	if err != nil {
		return err
	}
	done := "configured"
	switch {
	case before == nil:
		done = "created"
	case before.GetResourceVersion() == now.GetResourceVersion():
		done = "unchanged"
	}
	fmt.Fprintln(k.Out, t.label(), done)
	return nil
}

// Delete deletes objects, and waits until they are gone.
func (k *Kubectl) Delete(ctx context.Context, targets []Target, wait bool) error {
	for _, t := range targets {
		if t.Name == "" {
			return errors.New("resource(s) were provided, but no name was specified")
		}
		o, err := k.read(ctx, t)
		if err == nil {
			_, err = k.object(ctx, client.Request{Method: http.MethodDelete, Path: k.path(t)})
		}
		if err != nil {
			return err
		}
		where := ""
		if t.Kind.Namespaced {
			where = " from " + k.Namespace + " namespace"
		}
		fmt.Fprintf(k.Out, "%s %q deleted%s\n", kindLabel(t.Kind), t.Name, where)
		if wait {
			if err := k.watch(ctx, t, func(now *api.Object) bool { return now == nil || now.GetUID() != o.GetUID() }); err != nil {
				return err
			}
		}
	}
	return nil
}

// DeleteManifests deletes the objects of manifests.
func (k *Kubectl) DeleteManifests(ctx context.Context, objects []*api.Object, wait bool) error {
	for _, o := range objects {
		t, err := k.target(o)
		if err != nil {
			return err
		}
		if err := k.within(o).Delete(ctx, []Target{t}, wait); err != nil {
			return err
		}
	}
	return nil
}

// Scale sets how many replicas there are to be.
func (k *Kubectl) Scale(ctx context.Context, targets []Target, replicas int) error {
	for _, t := range targets {
		_, err := k.object(ctx, client.Request{
			Method: http.MethodPatch, Path: k.path(t, "scale"), Body: fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, replicas),
			Header: http.Header{"Content-Type": {string(types.MergePatchType)}},
		})
		if err != nil {
			return err
		}
		fmt.Fprintln(k.Out, t.label(), "scaled")
	}
	return nil
}

// Wait waits until a condition of each object is as it shall be: delete,
// condition=NAME or condition=NAME=VALUE.
func (k *Kubectl) Wait(ctx context.Context, targets []Target, what string, timeout time.Duration) error {
	name, isCondition := strings.CutPrefix(what, "condition=")
	if what != "delete" && !isCondition {
		return fmt.Errorf("unrecognized condition: %q (delete, condition=NAME and condition=NAME=VALUE are supported)", what)
	}
	name, value, ok := strings.Cut(name, "=")
	if !ok {
		value = "True"
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for _, t := range targets {
		if _, err := k.read(ctx, t); err != nil && (what != "delete" || !client.IsNotFound(err)) {
			return err
		}
		err := k.watch(ctx, t, func(now *api.Object) bool {
			if what == "delete" || now == nil {
				return what == "delete" && now == nil
			}
			return hasCondition(now, name, value)
		})
		if errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return fmt.Errorf("timed out waiting for the condition on %s/%s", t.Kind.Plural, t.Name)
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(k.Out, t.label(), "condition met")
	}
	return nil
}

func hasCondition(o *api.Object, name, value string) bool {
	for _, c := range api.Maps(o.Object, "status", "conditions") {
		if strings.EqualFold(api.String(c, "type"), name) && strings.EqualFold(api.String(c, "status"), value) {
			return true
		}
	}
	return false
}

// watch shows an object to holds after each change, nil when it is gone, until
// that is true.
func (k *Kubectl) watch(ctx context.Context, t Target, holds func(*api.Object) bool) error {
	objects := client.For[api.Object](k.Client, t.Kind)
	var now *api.Object
	for event, err := range objects.Watch(ctx, k.namespace(t.Kind), client.Selector{Fields: "metadata.name=" + t.Name}, "") {
		switch {
		case err != nil:
			return err
		case event.Type == "DELETED":
			now = nil
		case event.Type != "BOOKMARK":
			now = event.Object
		case !event.IsInitialEnd():
			continue
		}
		if (now != nil || event.IsInitialEnd() || event.Type == "DELETED") && holds(now) {
			return nil
		}
	}
	return errors.New("the watch ended")
}
