package kinds

import (
	"strings"
	"time"

	"drydock/mini-k8s/api"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// event is what a component wants a person to know of an object.
func event() *api.Kind {
	return &api.Kind{
		Version: "v1", Kind: "Event", Plural: "events", Singular: "event", Short: []string{"ev"}, Namespaced: true,
		Typed: func() runtime.Object { return &corev1.Event{} },
		Selectable: []string{
			"involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
			"involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath",
			"reason", "reportingComponent", "source", "type",
		},
		Default: func(o *api.Object) {
			for _, name := range []string{"firstTimestamp", "lastTimestamp", "eventTime"} {
				api.Default(o.Object, nil, name)
			}
			api.Default(o.Object, map[string]any{}, "source")
			for _, name := range []string{"reportingComponent", "reportingInstance"} {
				api.Default(o.Object, "", name)
			}
		},
		Columns: []api.Column{
			text("Last Seen", "The last time the event was seen"), text("Type", "Type of this event (Normal, Warning), new types could be added in the future"),
			text("Reason", "This should be a short, machine understandable string that gives the reason for the transition into the object's current status."),
			text("Object", "The object that this event is about."), wide("Subobject", "The part of the object that this event is about."),
			wide("Source", "The component reporting this event."), text("Message", "A human-readable description of the status of this operation."),
			wide("First Seen", "The time at which the event was first recorded."), wide("Count", "The number of times this event has occurred."),
			{Name: "Name", Type: "string", Format: "name", Description: nameColumn.Description, Priority: 1},
		},
		Row: eventRow,
	}
}

func eventRow(o *api.Object, now time.Time) []any {
	e := o.Object
	first, last := api.Time(e, "firstTimestamp"), api.Time(e, "lastTimestamp")
	if first.IsZero() {
		first = api.Time(e, "eventTime")
	}
	if last.IsZero() {
		last = first
	}
	if observed := api.Time(e, "series", "lastObservedTime"); !observed.IsZero() {
		last = observed
	}
	about := strings.ToLower(api.String(e, "involvedObject", "kind"))
	if name := api.String(e, "involvedObject", "name"); name != "" {
		about += "/" + name
	}
	source := api.String(e, "source", "component")
	if source == "" {
		source = api.String(e, "reportingComponent")
	}
	if host := api.String(e, "source", "host"); host != "" {
		source += ", " + host
	}
	count := max(api.Int(e, "count"), api.Int(e, "series", "count"), 1)
	return []any{
		api.Age(last, now), api.String(e, "type"), api.String(e, "reason"), about, api.String(e, "involvedObject", "fieldPath"),
		source, strings.TrimSpace(api.String(e, "message")), api.Age(first, now), count, o.GetName(),
	}
}
