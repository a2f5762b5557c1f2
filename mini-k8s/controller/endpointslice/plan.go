package endpointslice

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// most is how many endpoints a slice may hold.
const most = 100

// Change is a slice as it is and as it is to be: without Old it is new, without
// Now it goes.
type Change struct{ Old, Now *discoveryv1.EndpointSlice }

// Plan says how the slices of a Service become what its groups are. Endpoints
// stay in the slice that they are in, and new ones fill up what has room, so
// that few slices change.
func Plan(service *corev1.Service, groups []Group, have []*discoveryv1.EndpointSlice) []Change {
	if len(groups) == 0 { // one that is empty says that nobody is there
		groups = []Group{{Family: discoveryv1.AddressTypeIPv4}}
	}
	var changes []Change
	used := map[types.UID]bool{}
	for _, group := range groups {
		left := slices.Clone(group.Endpoints)
		var own []Change
		for _, slice := range have {
			if !used[slice.UID] && slice.DeletionTimestamp == nil && key(slice.AddressType, slice.Ports) == key(group.Family, group.Ports) {
				used[slice.UID] = true
				now := slice.DeepCopy()
				now.Labels, now.Endpoints = labelsOf(service), nil
				now.Endpoints, left = keep(slice.Endpoints, left)
				own = append(own, Change{slice, now})
			}
		}
		for i := range own {
			own[i].Now.Endpoints, left = fill(own[i].Now.Endpoints, left)
		}
		for len(left) > 0 || len(own) == 0 {
			slice := newSlice(service, group)
			slice.Endpoints, left = fill(nil, left)
			own = append(own, Change{nil, slice})
		}
		changes = append(changes, empty(own)...)
	}
	for _, slice := range have {
		if !used[slice.UID] {
			changes = append(changes, Change{slice, nil})
		}
	}
	return changes
}

// keep divides endpoints into those that were in a slice, as they are now, and
// the rest.
func keep(before, now []discoveryv1.Endpoint) (kept, rest []discoveryv1.Endpoint) {
	for _, e := range now {
		if slices.ContainsFunc(before, func(b discoveryv1.Endpoint) bool { return targetUID(b) == targetUID(e) }) {
			kept = append(kept, e)
		} else {
			rest = append(rest, e)
		}
	}
	return kept, rest
}

func targetUID(e discoveryv1.Endpoint) types.UID {
	if e.TargetRef == nil {
		return ""
	}
	return e.TargetRef.UID
}

// fill puts as many into a slice as it has room for.
func fill(in, left []discoveryv1.Endpoint) (filled, rest []discoveryv1.Endpoint) {
	n := max(min(most-len(in), len(left)), 0)
	return append(in, left[:n]...), left[n:]
}

// empty turns slices of a group that have nothing left in them into deletions,
// as long as one stays.
func empty(own []Change) []Change {
	kept := 0
	for _, change := range own {
		if len(change.Now.Endpoints) > 0 {
			kept++
		}
	}
	for i := range own {
		if len(own[i].Now.Endpoints) > 0 {
			continue
		}
		if kept > 0 {
			own[i].Now = nil
		}
		kept++
	}
	return slices.DeleteFunc(own, func(c Change) bool { return c.Old == nil && c.Now == nil })
}

func newSlice(service *corev1.Service, group Group) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: service.Namespace, GenerateName: service.Name + "-", Labels: labelsOf(service),
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(service, corev1.SchemeGroupVersion.WithKind("Service"))},
		},
		AddressType: group.Family, Ports: group.Ports,
	}
}

// labelsOf are a Service's own, and those by which its slices are found.
func labelsOf(service *corev1.Service) map[string]string {
	labels := map[string]string{}
	for name, value := range service.Labels {
		labels[name] = value
	}
	if service.Spec.ClusterIP == corev1.ClusterIPNone {
		labels[corev1.IsHeadlessService] = ""
	}
	labels[discoveryv1.LabelServiceName], labels[discoveryv1.LabelManagedBy] = service.Name, managedBy
	return labels
}
