package main

import (
	"maps"
	"slices"
	"strings"
)

// labelField begins the fields of a row that hold one label each, for Label.
const labelField = "Labels/"

// withLabels adds the labels of a thing to its row: in one field all of them, and each
// in one of its own.
func (r row) withLabels(labels map[string]string) row {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		all = append(all, key+"="+labels[key])
		r[labelField+key] = labels[key]
	}
	r["Labels"] = strings.Join(all, ",")
	return r
}

// labelsHeading is the heading of the field with all labels.
const labelsHeading = "LABELS"

// Label is what a template calls with a label's name: `{{.Label "tier"}}`. Where there is
// none it is empty, and in the headings it is the last part of the name, as Docker has it.
func (r row) Label(name string) string {
	if r["Labels"] == labelsHeading { // of a thing it has a = in it
		parts := strings.Split(name, ".")
		return strings.NewReplacer("-", " ", "_", " ").Replace(parts[len(parts)-1])
	}
	return r[labelField+name]
}

// MarshalJSON leaves the fields out that only Label reads.
func (r row) MarshalJSON() ([]byte, error) {
	fields := maps.Clone(map[string]string(r))
	maps.DeleteFunc(fields, func(name, _ string) bool { return strings.HasPrefix(name, labelField) })
	text, err := toJSON(fields) // < and > are none of HTML's
	return []byte(text), err
}
