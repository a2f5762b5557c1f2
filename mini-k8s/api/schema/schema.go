// Package schema holds what Kubernetes publishes of its kinds: every field with
// its type, its description and how its lists are merged, as OpenAPI v3. One
// source serves those who ask for it (kubectl explain, client-side checks),
// server-side apply, and whatever wants to know a field.
//
// It is generated: `go run ./mini-k8s/api/schema/gen` takes the schemas of the
// kinds in api/kinds, and all that they refer to, from a release of Kubernetes.
package schema

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

//go:embed schema.json.gz
var compressed []byte

// Prefix is what a reference to a definition begins with.
const Prefix = "#/components/schemas/"

// Definitions are schemas by name, in JSON: io.k8s.api.core.v1.Pod and so on.
type Definitions map[string]json.RawMessage

// Load unpacks the definitions of all kinds.
func Load() (Definitions, error) {
	r, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, fmt.Errorf("unpacking schema: %w", err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("unpacking schema: %w", err)
	}
	var definitions Definitions
	if err := json.Unmarshal(text, &definitions); err != nil {
		return nil, fmt.Errorf("unpacking schema: %w", err)
	}
	return definitions, nil
}

// Of returns the definitions of the kinds in a group-version and all that they
// refer to.
func (d Definitions) Of(version schema.GroupVersion) Definitions {
	return d.Closure(func(kind schema.GroupVersionKind) bool { return kind.GroupVersion() == version })
}

// Closure returns the definitions of some kinds and all that they refer to.
func (d Definitions) Closure(isWanted func(schema.GroupVersionKind) bool) Definitions {
	closure := Definitions{}
	var add func(name string)
	add = func(name string) {
		if _, seen := closure[name]; seen || d[name] == nil {
			return
		}
		closure[name] = d[name]
		for _, reference := range references(d[name]) {
			add(reference)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d)) {
		if slices.ContainsFunc(kindsOf(d[name]), isWanted) {
			add(name)
		}
	}
	return closure
}

// kindsOf returns the kinds that a definition says it defines.
func kindsOf(definition json.RawMessage) []schema.GroupVersionKind {
	var head struct {
		Kinds []schema.GroupVersionKind `json:"x-kubernetes-group-version-kind"`
	}
	if json.Unmarshal(definition, &head) != nil {
		return nil
	}
	return head.Kinds
}

// references returns the names that a definition refers to.
func references(definition json.RawMessage) []string {
	var names []string
	for rest := string(definition); ; {
		_, after, found := strings.Cut(rest, `"`+Prefix)
		if !found {
			return names
		}
		name, after, _ := strings.Cut(after, `"`)
		names, rest = append(names, name), after
	}
}
