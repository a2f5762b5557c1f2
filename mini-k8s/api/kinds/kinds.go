// Package kinds holds the resources that every cluster has, a kind a file: its
// names, columns, defaults, checks and what an update may change. All lists
// them; an API server is generic over that list.
package kinds

import (
	"fmt"
	"sort"
	"strings"

	"drydock/mini-k8s/api"
)

// All returns the kinds of a new table. Custom resources are added to it at run
// time.
func All() []*api.Kind {
	return []*api.Kind{
		namespace(), node(), pod(), replicaSet(), deployment(), service(), endpoints(), endpointSlice(),
		configMap(), secret(), serviceAccount(), event(), lease(),
	}
}

// Columns that most kinds have.
var (
	nameColumn = api.Column{Name: "Name", Type: "string", Format: "name", Description: "Name must be unique within a namespace."}
	ageColumn  = text("Age", "CreationTimestamp is a timestamp representing the server time when this object was created.")
)

func text(name, description string) api.Column {
	return api.Column{Name: name, Type: "string", Description: description}
}

func integer(name, description string) api.Column {
	return api.Column{Name: name, Type: "integer", Description: description}
}

// wide is a column that only -o wide shows.
func wide(name, description string) api.Column {
	return api.Column{Name: name, Type: "string", Description: description, Priority: 1}
}

// orNone is how tables show what is empty.
func orNone(s string) string {
	if s == "" {
		return "<none>"
	}
	return s
}

// labelSelector formats a selector as tables show it.
func labelSelector(selector map[string]any) string {
	var parts []string
	for key, value := range api.Map(selector, "matchLabels") {
		parts = append(parts, fmt.Sprintf("%s=%v", key, value))
	}
	sort.Strings(parts)
	for _, each := range api.Maps(selector, "matchExpressions") {
		key, values := api.String(each, "key"), "("+strings.Join(api.Strings(each, "values"), ",")+")"
		switch api.String(each, "operator") {
		case "In":
			parts = append(parts, key+" in "+values)
		case "NotIn":
			parts = append(parts, key+" notin "+values)
		case "Exists":
			parts = append(parts, key)
		case "DoesNotExist":
			parts = append(parts, "!"+key)
		}
	}
	return orNone(strings.Join(parts, ","))
}

// equalities formats a map as key=value,key=value.
func equalities(m map[string]any) string {
	var parts []string
	for key, value := range m {
		parts = append(parts, fmt.Sprintf("%s=%v", key, value))
	}
	sort.Strings(parts)
	return orNone(strings.Join(parts, ","))
}

// namesAndImages lists the containers of a pod's spec for -o wide.
func namesAndImages(spec map[string]any) (names, images string) {
	var n, i []string
	for _, container := range api.Maps(spec, "containers") {
		n = append(n, api.String(container, "name"))
		i = append(i, api.String(container, "image"))
	}
	return strings.Join(n, ","), strings.Join(i, ",")
}
