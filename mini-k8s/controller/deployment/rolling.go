package deployment

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Size is how many pods a ReplicaSet is to have. This file computes sizes and
// writes nothing.
type Size struct {
	Set      *appsv1.ReplicaSet
	Replicas int32
}

// Rolling is the next step of a rolling update: at no time are there more pods
// than spec.replicas + maxSurge, and never fewer available than spec.replicas -
// maxUnavailable. The new grows into what surge allows; the old shrink by what
// is available beyond the minimum, first of all by pods that are not available
// anyway.
func Rolling(r *rollout) []Size {
	want, total := *r.Spec.Replicas, sum(r.all())
	current := *r.current.Spec.Replicas
	grown := min(current, want)
	if room := want + maxSurge(r.Deployment) - total; room > 0 && current < want {
		grown = min(current+room, want)
	}
	if grown != current {
		// One step at a time: how far the old may shrink is seen once the new
		// has been asked for.
		return []Size{{r.current, grown}}
	}
	sizes := []Size{{r.current, current}}
	minAvailable := want - maxUnavailable(r.Deployment)
	notYet := current - r.current.Status.AvailableReplicas
	mayGo := total - minAvailable - notYet
	shrunk := shrink(r.old, mayGo, minAvailable-available(r.all()))
	return append(sizes, shrunk...)
}

// shrink takes at most mayGo pods from ReplicaSets, the oldest first: those that
// are not available, and then as many of the available as there are beyond what
// is missing (less than nothing).
func shrink(sets []*appsv1.ReplicaSet, mayGo, missing int32) []Size {
	sizes := make([]Size, len(sets))
	for i, set := range sets {
		sizes[i] = Size{set, *set.Spec.Replicas}
		idle := max(sizes[i].Replicas-set.Status.AvailableReplicas, 0)
		gone := max(min(idle, mayGo), 0)
		sizes[i].Replicas -= gone
		mayGo -= gone
	}
	spare := min(-missing, mayGo)
	for i := range sizes {
		gone := max(min(sizes[i].Replicas, spare), 0)
		sizes[i].Replicas -= gone
		spare -= gone
	}
	return sizes
}

// Recreate lets all old pods end before it makes a new one: for programs of which
// two versions must not run at a time.
func Recreate(r *rollout, hasOldPods bool) []Size {
	var sizes []Size
	for _, set := range r.old {
		sizes = append(sizes, Size{set, 0})
	}
	if sum(r.old) == 0 && !hasOldPods {
		sizes = append(sizes, Size{r.current, *r.Spec.Replicas})
	}
	return sizes
}

// isScaled reports whether the number of pods was changed since the sizes were
// given: that goes before the next step of a rollout.
func isScaled(r *rollout) bool {
	return slices.ContainsFunc(r.all(), func(set *appsv1.ReplicaSet) bool {
		desired, err := strconv.Atoi(set.Annotations[desiredAnnotation])
		return err == nil && *set.Spec.Replicas > 0 && int32(desired) != *r.Spec.Replicas
	})
}

// Proportional gives each ReplicaSet its part of a changed number of pods. So a
// rollout that goes wrong is not spread by scaling up: the new version keeps its
// small part.
func Proportional(r *rollout) []Size {
	active := slices.DeleteFunc(r.all(), func(set *appsv1.ReplicaSet) bool { return *set.Spec.Replicas == 0 })
	switch {
	case len(active) == 0 && r.current != nil:
		return []Size{{r.current, *r.Spec.Replicas}}
	case len(active) == 0 && len(r.old) > 0: // paused before it began
		return []Size{{r.old[len(r.old)-1], *r.Spec.Replicas}}
	case len(active) == 1:
		return []Size{{active[0], *r.Spec.Replicas}}
	}
	allowed := int32(0)
	if *r.Spec.Replicas > 0 {
		allowed = *r.Spec.Replicas + maxSurge(r.Deployment)
	}
	left := allowed - sum(active)
	// The largest first, and of equals the newest.
	slices.SortFunc(active, func(a, b *appsv1.ReplicaSet) int {
		return cmp.Or(cmp.Compare(*b.Spec.Replicas, *a.Spec.Replicas), older(b, a))
	})
	var sizes []Size
	for _, set := range active {
		part := share(set, allowed, r.Deployment)
		if left > 0 {
			part = min(max(part, 0), left)
		} else {
			part = max(min(part, 0), left)
		}
		left -= part
		sizes = append(sizes, Size{set, *set.Spec.Replicas + part})
	}
	sizes[0].Replicas = max(sizes[0].Replicas+left, 0) // what rounding has left
	return sizes
}

// share is by how much a ReplicaSet changes when the whole that it is a part of
// becomes allowed.
func share(set *appsv1.ReplicaSet, allowed int32, d *appsv1.Deployment) int32 {
	whole, err := strconv.Atoi(set.Annotations[maxAnnotation])
	if err != nil || whole == 0 {
		whole = max(int(d.Status.Replicas), 1)
	}
	before := *set.Spec.Replicas
	return int32(math.Round(float64(before)*float64(allowed)/float64(whole))) - before
}

// maxSurge is how many pods there may be beyond those wanted.
func maxSurge(d *appsv1.Deployment) int32 {
	surge, _ := limits(d)
	return surge
}

// maxUnavailable is how many of those wanted may be missing.
func maxUnavailable(d *appsv1.Deployment) int32 {
	_, unavailable := limits(d)
	return unavailable
}

// limits reads numbers or percentages. Surge is rounded up and unavailable down;
// when that leaves no room to move at all, one may be missing.
func limits(d *appsv1.Deployment) (surge, unavailable int32) {
	rolling := d.Spec.Strategy.RollingUpdate
	if rolling == nil {
		if d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
			return 0, 0
		}
		return 0, 1
	}
	zero := intstr.FromInt32(0)
	most, err := intstr.GetScaledValueFromIntOrPercent(cmp.Or(rolling.MaxSurge, &zero), int(*d.Spec.Replicas), true)
	least, wrong := intstr.GetScaledValueFromIntOrPercent(cmp.Or(rolling.MaxUnavailable, &zero), int(*d.Spec.Replicas), false)
	if err != nil || wrong != nil || most <= 0 && least <= 0 {
		return 0, min(1, *d.Spec.Replicas)
	}
	return int32(most), min(int32(least), *d.Spec.Replicas)
}

// sum is how many pods ReplicaSets are to have.
func sum(sets []*appsv1.ReplicaSet) (n int32) {
	for _, set := range sets {
		n += *set.Spec.Replicas
	}
	return n
}

// available is how many pods of ReplicaSets are available.
func available(sets []*appsv1.ReplicaSet) (n int32) {
	for _, set := range sets {
		n += set.Status.AvailableReplicas
	}
	return n
}
