package client

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// pendingEvents is how many events may wait to be sent. What is more is
// dropped: events are for people to read, and nobody waits for them.
const pendingEvents = 1000

// Of one object a component may tell so many things at a time, and then one more
// every refill: three hundred pods of a ReplicaSet are no three hundred events.
// The figures are Kubernetes'.
const (
	burst  = 25
	refill = 5 * time.Minute
)

// Recorder tells people by Events what a component does to an object and why.
// What is told again counts up instead of coming twice.
type Recorder struct {
	client    *Client
	component string
	now       func() time.Time
	pending   chan corev1.Event
	told      map[eventKey]*corev1.Event
	quotas    map[corev1.ObjectReference]quota
}

// quota is how much may still be told of an object, as of some time.
type quota struct {
	left float64
	at   time.Time
}

// eventKey is what makes two events the same.
type eventKey struct {
	about                corev1.ObjectReference
	kind, reason, detail string
}

// NewRecorder returns a recorder for a component; now is its clock. Events are
// sent once Run is called.
func NewRecorder(c *Client, component string, now func() time.Time) *Recorder {
	return &Recorder{
		client: c, component: component, now: now,
		pending: make(chan corev1.Event, pendingEvents), told: map[eventKey]*corev1.Event{}, quotas: map[corev1.ObjectReference]quota{},
	}
}

// Normal tells that something went as it should.
func (r *Recorder) Normal(about metav1.Object, reason, format string, args ...any) {
	r.record(about, corev1.EventTypeNormal, reason, fmt.Sprintf(format, args...))
}

// Warning tells that something did not.
func (r *Recorder) Warning(about metav1.Object, reason, format string, args ...any) {
	r.record(about, corev1.EventTypeWarning, reason, fmt.Sprintf(format, args...))
}

func (r *Recorder) record(about metav1.Object, kind, reason, message string) {
	slog.Info(reason, "object", KeyOf(about), "message", message)
	now := metav1.NewTime(r.now())
	host, _ := os.Hostname() // a host without a name is none
	event := corev1.Event{
		InvolvedObject: r.reference(about), Type: kind, Reason: reason, Message: message, Count: 1,
		FirstTimestamp: now, LastTimestamp: now,
		Source: corev1.EventSource{Component: r.component}, ReportingController: r.component, ReportingInstance: host,
	}
	// What has no namespace is told of in the default one, as Kubernetes does.
	event.Namespace = about.GetNamespace()
	if event.Namespace == "" {
		event.Namespace = metav1.NamespaceDefault
	}
	event.Name = fmt.Sprintf("%s.%x", about.GetName(), now.UnixNano())
	select {
	case r.pending <- event:
	default:
		slog.Warn("event dropped: too many wait", "reason", reason, "object", KeyOf(about))
	}
}

// reference names an object, with the kind that its Go type has.
func (r *Recorder) reference(about metav1.Object) corev1.ObjectReference {
	found := corev1.ObjectReference{
		Namespace: about.GetNamespace(), Name: about.GetName(), UID: about.GetUID(), ResourceVersion: about.GetResourceVersion(),
	}
	for _, k := range r.client.Kinds.All() {
		if reflect.TypeOf(k.Value()) == reflect.TypeOf(about) {
			found.APIVersion, found.Kind = k.GroupVersion().String(), k.Kind
		}
	}
	return found
}

// Run sends events until ctx ends.
func (r *Recorder) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case event := <-r.pending:
			if err := r.send(ctx, event); err != nil && ctx.Err() == nil && !IsTerminating(err) && !IsNotFound(err) {
				slog.Warn("event not recorded", "reason", event.Reason, "error", err)
			}
		}
	}
}

// send makes an event, or counts up the one that says the same.
func (r *Recorder) send(ctx context.Context, event corev1.Event) error {
	key := eventKey{event.InvolvedObject, event.Type, event.Reason, event.Message}
	key.about.ResourceVersion = ""
	if !r.mayTell(key.about) {
		return nil
	}
	events := Of[corev1.Event](r.client)
	if before := r.told[key]; before != nil {
		patch, _ := json.Marshal(map[string]any{"count": before.Count + 1, "lastTimestamp": event.LastTimestamp}) // cannot fail
		counted, err := events.Patch(ctx, before.Namespace, before.Name, types.MergePatchType, patch)
		if err == nil {
			r.told[key] = counted
		}
		if !IsNotFound(err) {
			return err
		}
	}
	made, err := events.Create(ctx, &event)
	if err != nil {
		return err
	}
	if len(r.told) >= pendingEvents {
		clear(r.told) // the worst that follows is an event of its own
	}
	r.told[key] = made
	return nil
}

// mayTell takes one from what may still be told of an object.
func (r *Recorder) mayTell(about corev1.ObjectReference) bool {
	now := r.now()
	q, known := r.quotas[about]
	if !known {
		q = quota{left: burst}
	} else {
		q.left = min(q.left+float64(now.Sub(q.at))/float64(refill), burst)
	}
	may := q.left >= 1
	if may {
		q.left--
	}
	if q.at = now; len(r.quotas) >= 10*pendingEvents {
		clear(r.quotas) // what follows are a few events more
	}
	r.quotas[about] = q
	return may
}
