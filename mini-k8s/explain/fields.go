package explain

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Ownership is what one writer has written, by one way.
type Ownership struct {
	Manager string // with the sub-resource that it wrote by
	Fields  []string
	raw     map[string]any
}

// ownerships reads who wrote which fields of a pod (metadata.managedFields).
func ownerships(pod *corev1.Pod) []Ownership {
	var all []Ownership
	for _, entry := range pod.ManagedFields {
		o := Ownership{Manager: entry.Manager}
		if entry.Subresource != "" {
			o.Manager += " (" + entry.Subresource + ")"
		}
		if entry.FieldsV1 != nil {
			_ = json.Unmarshal(entry.FieldsV1.GetRawBytes(), &o.raw) // without, nothing is known of it
		}
		for _, part := range slices.Sorted(maps.Keys(o.raw)) {
			below, _ := o.raw[part].(map[string]any)
			for _, name := range slices.Sorted(maps.Keys(below)) {
				if strings.HasPrefix(name, "f:") {
					o.Fields = append(o.Fields, strings.TrimPrefix(part, "f:")+"."+strings.TrimPrefix(name, "f:"))
				}
			}
		}
		all = append(all, o)
	}
	return all
}

// writer is who owns a field of the pod; of a list of conditions the one of a
// type.
func (s *Story) writer(path, conditionType string) string {
	part, name, _ := strings.Cut(path, ".")
	for _, o := range slices.Backward(s.Owners) {
		below, _ := o.raw["f:"+part].(map[string]any)
		list, owns := below["f:"+name].(map[string]any)
		if _, ofType := list[`k:{"type":"`+conditionType+`"}`]; owns && (conditionType == "" || ofType) {
			who, _, _ := strings.Cut(o.Manager, " ")
			return who
		}
	}
	return "somebody"
}
