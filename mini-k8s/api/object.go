package api

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/duration"
)

// Object is an object of any kind: a map, with ways to its metadata.
type Object = unstructured.Unstructured

// Get returns what stands at a path of maps; nil when nothing does.
func Get(in map[string]any, path ...string) any {
	var at any = in
	for _, name := range path {
		m, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = m[name]
	}
	return at
}

// String returns the text at a path; empty when there is none.
func String(in map[string]any, path ...string) string {
	s, _ := Get(in, path...).(string)
	return s
}

// Bool returns the truth value at a path; false when there is none.
func Bool(in map[string]any, path ...string) bool {
	b, _ := Get(in, path...).(bool)
	return b
}

// Int returns the whole number at a path; 0 when there is none.
func Int(in map[string]any, path ...string) int64 {
	switch n := Get(in, path...).(type) {
	case int64:
		return n
	case float64:
		return int64(n)
	}
	return 0
}

// Map returns the map at a path; nil when there is none.
func Map(in map[string]any, path ...string) map[string]any {
	m, _ := Get(in, path...).(map[string]any)
	return m
}

// Maps returns the maps in the list at a path.
func Maps(in map[string]any, path ...string) []map[string]any {
	list, _ := Get(in, path...).([]any)
	maps := make([]map[string]any, 0, len(list))
	for _, each := range list {
		if m, ok := each.(map[string]any); ok {
			maps = append(maps, m)
		}
	}
	return maps
}

// Strings returns the texts in the list at a path.
func Strings(in map[string]any, path ...string) []string {
	list, _ := Get(in, path...).([]any)
	var texts []string
	for _, each := range list {
		if s, ok := each.(string); ok {
			texts = append(texts, s)
		}
	}
	return texts
}

// Set puts a value at a path and makes the maps on the way.
func Set(in map[string]any, value any, path ...string) {
	last := len(path) - 1
	for _, name := range path[:last] {
		next, ok := in[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			in[name] = next
		}
		in = next
	}
	in[path[last]] = value
}

// Default puts a value at a path where nothing stands yet.
func Default(in map[string]any, value any, path ...string) {
	if Get(in, path...) == nil {
		Set(in, value, path...)
	}
}

// Age is how long ago a time was, as tables show it.
func Age(t, now time.Time) string {
	if t.IsZero() {
		return "<unknown>"
	}
	return duration.HumanDuration(now.Sub(t))
}

// ObjectAge is how long ago an object was created.
func ObjectAge(o *Object, now time.Time) string {
	return Age(o.GetCreationTimestamp().Time, now)
}

// Time returns the time at a path; zero when there is none.
func Time(in map[string]any, path ...string) time.Time {
	t, _ := time.Parse(time.RFC3339, String(in, path...))
	return t
}

// FieldValue returns a field as a selector compares it: by a dotted path, with
// the empty text for what is not there.
func FieldValue(o *Object, dotted string) string {
	switch value := Get(o.Object, strings.Split(dotted, ".")...).(type) {
	case nil:
		return ""
	case string:
		return value
	default:
		return fmt.Sprint(value)
	}
}

// Selector turns a label selector, as objects hold it, into one that matches.
func Selector(raw map[string]any) (labels.Selector, error) {
	var typed metav1.LabelSelector
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(raw, &typed); err != nil {
		return nil, err
	}
	return metav1.LabelSelectorAsSelector(&typed)
}
