package codec

import (
	"encoding/json"
	"mime"
	"strings"
	"time"

	"drydock/mini-k8s/api"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Form is how a client wants objects shown: "" as they are, or Table,
// PartialObjectMetadata, PartialObjectMetadataList.
type Form struct {
	As      string
	Include metav1.IncludeObjectPolicy // what a row carries of its object
}

// Negotiate chooses from an Accept header. It reports whether there is
// something to choose: JSON is all that is answered.
func Negotiate(accept string) (Form, bool) {
	if accept == "" {
		return Form{}, true
	}
	for clause := range strings.SplitSeq(accept, ",") {
		kind, parameters, err := mime.ParseMediaType(clause)
		if err != nil || kind != JSON && kind != "*/*" && kind != "application/*" {
			continue
		}
		switch as := parameters["as"]; as {
		case "":
			return Form{}, true
		case "Table", "PartialObjectMetadata", "PartialObjectMetadataList":
			if parameters["v"] == "v1" && parameters["g"] == metav1.GroupName {
				return Form{As: as}, true
			}
		}
	}
	return Form{}, false
}

// One shows an object. A table of a watch names its columns in the first event
// only.
func (f Form) One(k *api.Kind, o *api.Object, isFirst bool) any {
	switch f.As {
	case "Table":
		return f.table(k, []*api.Object{o}, map[string]any{"resourceVersion": o.GetResourceVersion()}, isFirst)
	case "PartialObjectMetadata":
		return partial(o)
	}
	return o.Object
}

// Many shows a list with its metadata.
func (f Form) Many(k *api.Kind, objects []*api.Object, metadata map[string]any) any {
	if f.As == "Table" {
		return f.table(k, objects, metadata, true)
	}
	version, kind := k.GroupVersion().String(), k.Kind+"List"
	items := make([]any, len(objects))
	for i, o := range objects {
		items[i] = o.Object
		if f.As != "" {
			items[i] = partial(o)
			version, kind = metav1.SchemeGroupVersion.String(), "PartialObjectMetadataList"
		}
	}
	return map[string]any{"apiVersion": version, "kind": kind, "metadata": metadata, "items": items}
}

// partial is an object's metadata and no more.
func partial(o *api.Object) map[string]any {
	return map[string]any{"apiVersion": metav1.SchemeGroupVersion.String(), "kind": "PartialObjectMetadata", "metadata": o.Object["metadata"]}
}

// table shows objects as rows: what kubectl prints is made here.
func (f Form) table(k *api.Kind, objects []*api.Object, metadata map[string]any, isFirst bool) any {
	rows := make([]any, len(objects))
	now := time.Now()
	for i, o := range objects {
		rows[i] = map[string]any{"cells": cells(k, o, now), "object": f.included(o)}
	}
	columns := []any{}
	if isFirst {
		for _, c := range k.Columns {
			columns = append(columns, map[string]any{
				"name": c.Name, "type": c.Type, "format": c.Format, "description": c.Description, "priority": c.Priority,
			})
		}
	}
	return map[string]any{
		"apiVersion": metav1.SchemeGroupVersion.String(), "kind": "Table", "metadata": metadata,
		"columnDefinitions": columns, "rows": rows,
	}
}

// cells is an object's row. A bookmark has none of what a row shows.
func cells(k *api.Kind, o *api.Object, now time.Time) []any {
	if o.GetName() == "" {
		return make([]any, len(k.Columns))
	}
	return k.Row(o, now)
}

func (f Form) included(o *api.Object) any {
	switch f.Include {
	case metav1.IncludeNone:
		return nil
	case metav1.IncludeObject:
		return o.Object
	}
	return partial(o)
}

// Encode writes an answer.
func Encode(value any) ([]byte, error) {
	text, err := json.Marshal(value)
	return append(text, '\n'), err
}
