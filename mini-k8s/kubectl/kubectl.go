// Package kubectl is the part of kubectl that one needs before the real one is
// built: get, apply, delete, scale, wait, logs and exec, with its words. It is
// small because the API server does the work: it makes the tables, merges what
// is applied, and says what is wrong.
package kubectl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/client"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Kubectl speaks for a person with a cluster.
type Kubectl struct {
	Client    *client.Client
	Namespace string
	In        io.Reader
	Out, Err  io.Writer
}

// Target is what a command is about: an object, or all of a kind.
type Target struct {
	Kind *api.Kind
	Name string
}

// label is how kubectl names an object: deployment.apps/web.
func (t Target) label() string { return kindLabel(t.Kind) + "/" + t.Name }

func kindLabel(k *api.Kind) string {
	if k.Group == "" {
		return k.Singular
	}
	return k.Singular + "." + k.Group
}

// Targets reads what a person typed: TYPE[,TYPE] [NAME…] or TYPE/NAME….
func (k *Kubectl) Targets(args []string) ([]Target, error) {
	if len(args) == 0 {
		return nil, errors.New("you must specify the type of resource")
	}
	var targets []Target
	if strings.Contains(args[0], "/") {
		for _, arg := range args {
			kind, name, ok := strings.Cut(arg, "/")
			if !ok || name == "" {
				return nil, errors.New("there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'")
			}
			kinds, err := k.kinds(kind)
			if err != nil {
				return nil, err
			}
			targets = append(targets, Target{kinds[0], name})
		}
		return targets, nil
	}
	for typed := range strings.SplitSeq(args[0], ",") {
		kinds, err := k.kinds(typed)
		if err != nil {
			return nil, err
		}
		for _, kind := range kinds {
			if len(args) == 1 {
				targets = append(targets, Target{kind, ""})
			}
			for _, name := range args[1:] {
				targets = append(targets, Target{kind, name})
			}
		}
	}
	return targets, nil
}

// kinds finds a kind by any of its names, or all of a category.
func (k *Kubectl) kinds(typed string) ([]*api.Kind, error) {
	var found []*api.Kind
	for _, kind := range k.Client.Kinds.All() {
		names := append([]string{kind.Plural, kind.Singular, strings.ToLower(kind.Kind), kind.Plural + "." + kind.Group, kind.Singular + "." + kind.Group}, kind.Short...)
		if slices.Contains(names, strings.ToLower(typed)) {
			return []*api.Kind{kind}, nil
		}
		if slices.Contains(kind.Categories, typed) {
			found = append(found, kind)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("the server doesn't have a resource type %q", typed)
	}
	return found, nil
}

// namespace is where objects of a kind are.
func (k *Kubectl) namespace(kind *api.Kind) string {
	if !kind.Namespaced {
		return ""
	}
	return k.Namespace
}

// path is where an object is, or what is below it.
func (k *Kubectl) path(t Target, below ...string) string {
	return client.Path(t.Kind, k.namespace(t.Kind), t.Name, below...)
}

// object asks for an object as it is.
func (k *Kubectl) object(ctx context.Context, r client.Request) (*api.Object, error) {
	answer, err := k.Client.Do(ctx, r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	o := &api.Object{}
	return o, json.NewDecoder(answer.Body).Decode(&o.Object)
}

func (k *Kubectl) read(ctx context.Context, t Target) (*api.Object, error) {
	return k.object(ctx, client.Request{Method: http.MethodGet, Path: k.path(t)})
}

// Explain words an error as kubectl does.
func Explain(err error) string {
	status := apierrors.APIStatus(nil)
	if errors.As(err, &status) {
		s := status.Status()
		if s.Reason == "" {
			return "Error from server: " + s.Message
		}
		return fmt.Sprintf("Error from server (%s): %s", s.Reason, s.Message)
	}
	return "error: " + err.Error()
}
