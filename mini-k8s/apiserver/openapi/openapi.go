// Package openapi describes the API to those who ask: for each group-version a
// document of OpenAPI v3 with its paths and definitions. `kubectl explain` prints
// it, and kubectl looks there whether the server checks fields and which types
// of patch it takes.
package openapi

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/api/schema"

	kschema "k8s.io/apimachinery/pkg/runtime/schema"
)

// Document describes one group-version.
type Document struct {
	Path string // below /openapi/v3/
	Text []byte
}

// URL is where a document is; its hash changes when the document does, so that
// clients may keep it.
func (d Document) URL() string {
	return fmt.Sprintf("/openapi/v3/%s?hash=%X", d.Path, sha256.Sum256(d.Text))
}

// Documents describes the kinds of a table. Release is the version of the API,
// patches are the media types that a PATCH may have.
func Documents(table *api.Table, definitions schema.Definitions, release string, patches []string) ([]Document, error) {
	var documents []Document
	for _, version := range table.Versions() {
		paths := map[string]any{}
		for _, k := range table.All() {
			if k.GroupVersion() == version {
				addPaths(paths, k, patches)
			}
		}
		text, err := json.Marshal(map[string]any{
			"openapi": "3.0.0", "info": map[string]any{"title": "Kubernetes", "version": release},
			"paths": paths, "components": map[string]any{"schemas": definitions.Of(version)},
		})
		if err != nil {
			return nil, fmt.Errorf("describing %s: %w", version, err)
		}
		documents = append(documents, Document{strings.TrimPrefix(root(version), "/"), text})
	}
	return documents, nil
}

func root(version kschema.GroupVersion) string {
	if version.Group == "" {
		return "/api/" + version.Version
	}
	return "/apis/" + version.String()
}

// addPaths describes what can be done to a kind.
func addPaths(paths map[string]any, k *api.Kind, patches []string) {
	all := root(k.GroupVersion()) + "/" + k.Plural
	collection := all
	if k.Namespaced {
		collection = root(k.GroupVersion()) + "/namespaces/{namespace}/" + k.Plural
		paths[all] = map[string]any{"get": operation(k, "list")}
	}
	paths[collection] = map[string]any{
		"get": operation(k, "list"), "post": operation(k, "post"), "delete": operation(k, "deletecollection"),
	}
	change := operation(k, "patch")
	content := map[string]any{}
	for _, each := range patches {
		content[each] = map[string]any{"schema": map[string]any{"type": "object"}}
	}
	change["requestBody"] = map[string]any{"content": content, "required": true}
	paths[collection+"/{name}"] = map[string]any{
		"get": operation(k, "get"), "put": operation(k, "put"), "patch": change, "delete": operation(k, "delete"),
	}
}

// operation describes one method of a path.
func operation(k *api.Kind, action string) map[string]any {
	described := map[string]any{
		"x-kubernetes-action": action,
		"x-kubernetes-group-version-kind": map[string]any{
			"group": k.Group, "version": k.Version, "kind": k.Kind,
		},
		"responses": map[string]any{"200": map[string]any{"description": "OK"}},
	}
	var parameters []any
	switch action {
	case "post", "put", "patch":
		parameters = append(parameters, query("dryRun"), query("fieldManager"), query("fieldValidation"))
	case "delete", "deletecollection":
		parameters = append(parameters, query("dryRun"), query("gracePeriodSeconds"), query("propagationPolicy"))
	case "list":
		parameters = append(parameters, query("labelSelector"), query("fieldSelector"), query("limit"), query("continue"), query("watch"))
	}
	if action == "patch" {
		parameters = append(parameters, query("force"))
	}
	if parameters != nil {
		described["parameters"] = parameters
	}
	return described
}

func query(name string) map[string]any {
	return map[string]any{"name": name, "in": "query", "schema": map[string]any{"type": "string", "uniqueItems": true}}
}
