// Package explain tells how a pod came to be: who asked for it, which component
// did what about it and when, and who has written which of its fields. It asks
// nobody for that: objects say who owns them, events what was done, conditions
// since when something is so, and managedFields who wrote.
package explain

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"drydock/mini-k8s/client"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Step is one thing that was done.
type Step struct {
	At    time.Time // to the second where nobody wrote it down more exactly
	Exact bool      // to the nanosecond
	Who   string
	What  string
	stage int // what follows from what, within one second
}

// The stages of a pod. An owner comes before what it owns, by stageOwner.
const (
	stageOwner = 10
	stagePod   = 100
	stagePlace = 110
	stageRun   = 120
	stageReady = 130
)

// Story is how a pod came to be.
type Story struct {
	Pod    client.Key
	Steps  []Step
	Owners []Ownership
}

// Pod puts the story of a pod together.
func Pod(ctx context.Context, c *client.Client, namespace, name string) (*Story, error) {
	pod, err := client.Of[corev1.Pod](c).Get(ctx, namespace, name)
	if err != nil {
		return nil, err
	}
	events, err := client.Of[corev1.Event](c).List(ctx, namespace, client.Selector{})
	if err != nil {
		return nil, err
	}
	chain, err := owners(ctx, c, pod)
	if err != nil {
		return nil, err
	}
	s := &Story{Pod: client.KeyOf(pod), Owners: ownerships(pod)}
	made, stage := pod.Name, stagePod
	for _, owner := range chain {
		// What an owner says that it made, it has made; of its events only
		// those that name this one are about it.
		s.events(events, owner.UID, func(e *corev1.Event) bool { return strings.Contains(e.Message, made) }, stage+1)
		made, stage = owner.Name, stage-stageOwner
		s.created(owner.kind, owner.PartialObjectMetadata, stage)
	}
	s.created("pod", &metav1.PartialObjectMetadata{ObjectMeta: pod.ObjectMeta}, stagePod)
	s.events(events, pod.UID, func(*corev1.Event) bool { return true }, stagePod+1)
	s.conditions(pod)
	slices.SortStableFunc(s.Steps, before)
	return s, nil
}

// before orders steps by the second, then by what follows from what, then by
// the fraction: not all of them have one.
func before(a, b Step) int {
	if order := a.At.Truncate(time.Second).Compare(b.At.Truncate(time.Second)); order != 0 {
		return order
	}
	return cmp.Or(cmp.Compare(a.stage, b.stage), a.At.Compare(b.At))
}

// owner is an object in the chain that ends with the pod.
type owner struct {
	*metav1.PartialObjectMetadata
	kind string
}

// owners returns who controls a pod, who controls that, and so on.
func owners(ctx context.Context, c *client.Client, pod *corev1.Pod) (chain []owner, err error) {
	for ref := metav1.GetControllerOf(pod); ref != nil; {
		var found *metav1.PartialObjectMetadata
		for _, k := range c.Kinds.All() {
			if k.Kind == ref.Kind && k.GroupVersion().String() == ref.APIVersion {
				found, err = client.For[metav1.PartialObjectMetadata](c, k).Get(ctx, pod.Namespace, ref.Name)
			}
		}
		if found == nil || client.IsNotFound(err) || err == nil && found.UID != ref.UID {
			return chain, nil // it is gone, and its story with it
		}
		if err != nil {
			return nil, err
		}
		chain = append(chain, owner{found, strings.ToLower(ref.Kind)})
		ref = metav1.GetControllerOf(found)
	}
	return chain, nil
}

// created tells who made an object: who wrote what it is to be. Others have only
// added to it.
func (s *Story) created(kind string, o *metav1.PartialObjectMetadata, stage int) {
	who := "somebody"
	for _, entry := range o.ManagedFields {
		if entry.Subresource == "" && entry.FieldsV1 != nil && strings.Contains(entry.FieldsV1.GetRawString(), `"f:spec"`) {
			who = entry.Manager
		}
	}
	s.Steps = append(s.Steps, Step{At: o.CreationTimestamp.Time, Who: who, What: "made " + kind + "/" + o.Name, stage: stage})
}

// events tells what was said of an object.
func (s *Story) events(all []corev1.Event, about types.UID, counts func(*corev1.Event) bool, stage int) {
	for i := range all {
		e := &all[i]
		if e.InvolvedObject.UID != about || !counts(e) {
			continue
		}
		step := Step{Who: cmp.Or(e.Source.Component, e.ReportingController), What: e.Message, stage: stage}
		step.At, step.Exact = exact(e)
		switch {
		case step.Who == "kubelet":
			step.stage = stageRun
		case e.Reason == "Scheduled": // told once it has been done
			step.stage = stagePlace + 1
		}
		if e.Type == corev1.EventTypeWarning {
			step.What = e.Reason + ": " + step.What
		}
		if e.Count > 1 {
			step.What += fmt.Sprintf(" (%d times)", e.Count)
		}
		s.Steps = append(s.Steps, step)
	}
}

// conditions tells since when the pod is what it is.
func (s *Story) conditions(pod *corev1.Pod) {
	stages := map[corev1.PodConditionType]int{corev1.PodScheduled: stagePlace, corev1.PodInitialized: stageRun - 1}
	for _, c := range pod.Status.Conditions {
		stage, ok := stages[c.Type]
		if !ok {
			stage = stageReady
		}
		what := fmt.Sprintf("%s is %s", c.Type, c.Status)
		if c.Reason != "" {
			what += ": " + c.Reason
		}
		who := s.writer("status.conditions", string(c.Type))
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionTrue {
			who = s.writer("spec.nodeName", "") // a Binding does both
		}
		s.Steps = append(s.Steps, Step{At: c.LastTransitionTime.Time, Who: who, What: what, stage: stage})
	}
	for _, c := range pod.Status.ContainerStatuses {
		if run := c.State.Running; run != nil {
			s.Steps = append(s.Steps, Step{At: run.StartedAt.Time, Who: s.writer("status.containerStatuses", ""), What: "container " + c.Name + " runs", stage: stageRun + 1})
		}
	}
}

// exact is the instant of an event: its name ends in the nanoseconds since 1970.
func exact(e *corev1.Event) (time.Time, bool) {
	nanoseconds, err := strconv.ParseInt(e.Name[strings.LastIndex(e.Name, ".")+1:], 16, 64)
	if err != nil || e.Count > 1 {
		return e.LastTimestamp.Time, false
	}
	return time.Unix(0, nanoseconds), true
}

// Write tells the story.
func (s *Story) Write(out io.Writer) error {
	fmt.Fprintf(out, "How pod %s came to be:\n\n", s.Pod)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, step := range s.Steps {
		at := step.At.Local().Format("15:04:05")
		if step.Exact {
			at = step.At.Local().Format("15:04:05.000")
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", at, step.Who, step.What)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nWho has written which of its fields:\n\n")
	for _, o := range s.Owners {
		fmt.Fprintf(w, "  %s\t%s\n", o.Manager, strings.Join(o.Fields, ", "))
	}
	return w.Flush()
}
