package podspec

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// variables are a container's environment, in order: later ones may refer to
// earlier ones.
type variables struct {
	names  []string
	values map[string]string
}

func (v *variables) set(name, value string) {
	if _, there := v.values[name]; !there {
		v.names = append(v.names, name)
	}
	v.values[name] = value
}

func (v *variables) list() (env []string) {
	for _, name := range v.names {
		env = append(env, name+"="+v.values[name])
	}
	return env
}

// environment puts a container's variables together: first those of the Services,
// then those that come whole, then each by itself.
func environment(ctx context.Context, pod *corev1.Pod, c corev1.Container, s Surroundings) (*variables, error) {
	v := &variables{values: map[string]string{}}
	for _, each := range s.Services {
		name, value, _ := strings.Cut(each, "=")
		v.set(name, value)
	}
	for _, from := range c.EnvFrom {
		if err := v.addFrom(ctx, pod.Namespace, from, s.Sources); err != nil {
			return nil, err
		}
	}
	for _, each := range c.Env {
		value, found := v.expand(each.Value), true
		if each.ValueFrom != nil {
			var err error
			if value, found, err = valueFrom(ctx, pod, c, *each.ValueFrom, s); err != nil {
				return nil, err
			}
		}
		if found {
			v.set(each.Name, value)
		}
	}
	return v, nil
}

// addFrom takes all of a ConfigMap or Secret over.
func (v *variables) addFrom(ctx context.Context, namespace string, from corev1.EnvFromSource, sources Sources) error {
	values := map[string]string{}
	switch {
	case from.ConfigMapRef != nil:
		found, err := sources.ConfigMap(ctx, namespace, from.ConfigMapRef.Name)
		if isOptional(from.ConfigMapRef.Optional) && apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return missing("configmap", from.ConfigMapRef.Name, err)
		}
		values = found.Data
	case from.SecretRef != nil:
		found, err := sources.Secret(ctx, namespace, from.SecretRef.Name)
		if isOptional(from.SecretRef.Optional) && apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return missing("secret", from.SecretRef.Name, err)
		}
		for key, value := range found.Data {
			values[key] = string(value)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		v.set(from.Prefix+key, values[key])
	}
	return nil
}

// valueFrom is a value that stands elsewhere. One that may be missing is not found.
func valueFrom(ctx context.Context, pod *corev1.Pod, c corev1.Container, from corev1.EnvVarSource, s Surroundings) (value string, found bool, err error) {
	switch {
	case from.FieldRef != nil:
		value, err = Field(pod, from.FieldRef.FieldPath, s)
		return value, err == nil, err
	case from.ResourceFieldRef != nil:
		value, err = Resource(pod, c, from.ResourceFieldRef)
		return value, err == nil, err
	case from.ConfigMapKeyRef != nil:
		ref := from.ConfigMapKeyRef
		config, err := s.Sources.ConfigMap(ctx, pod.Namespace, ref.Name)
		if err == nil {
			value, found = config.Data[ref.Key]
		}
		return value, found, unlessOptional(ref.Optional, found, err, "ConfigMap", pod.Namespace+"/"+ref.Name, ref.Key)
	case from.SecretKeyRef != nil:
		ref := from.SecretKeyRef
		secret, err := s.Sources.Secret(ctx, pod.Namespace, ref.Name)
		if err == nil {
			var raw []byte
			raw, found = secret.Data[ref.Key]
			value = string(raw)
		}
		return value, found, unlessOptional(ref.Optional, found, err, "Secret", pod.Namespace+"/"+ref.Name, ref.Key)
	}
	return "", false, errors.New("the variable's source is not supported: there are fieldRef, resourceFieldRef, configMapKeyRef and secretKeyRef")
}

func isOptional(optional *bool) bool { return optional != nil && *optional }

// missing words an error as Kubernetes does.
func missing(kind, name string, err error) error {
	if apierrors.IsNotFound(err) {
		return fmt.Errorf("%s %q not found", kind, name)
	}
	return err
}

// unlessOptional is what is wrong with a key that was looked for.
func unlessOptional(optional *bool, found bool, err error, kind, object, key string) error {
	switch {
	case found || isOptional(optional) && (err == nil || apierrors.IsNotFound(err)):
		return nil
	case err != nil:
		return missing(strings.ToLower(kind), object[strings.Index(object, "/")+1:], err)
	}
	return fmt.Errorf("couldn't find key %s in %s %s", key, kind, object)
}

// expand replaces each $(NAME) of a variable that is there; $$ is a dollar sign. See
// https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/.
func (v *variables) expand(text string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "$")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		text = rest
		name, after, closed := strings.Cut(strings.TrimPrefix(rest, "("), ")")
		value, known := v.values[name]
		switch {
		case strings.HasPrefix(rest, "$"):
			out.WriteString("$")
			text = rest[1:]
		case strings.HasPrefix(rest, "(") && closed && known:
			out.WriteString(value)
			text = after
		default:
			out.WriteString("$")
		}
	}
}

func (v *variables) expandAll(texts []string) (expanded []string) {
	for _, each := range texts {
		expanded = append(expanded, v.expand(each))
	}
	return expanded
}
