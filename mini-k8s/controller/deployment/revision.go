package deployment

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"strconv"

	"drydock/mini-k8s/client"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/rand"
)

// What a Deployment writes beside its ReplicaSets, under Kubernetes' names: the
// number of the revision, by which `kubectl rollout undo` finds them, and of
// what whole their size is a part.
const (
	revisionAnnotation = "deployment.kubernetes.io/revision"
	desiredAnnotation  = "deployment.kubernetes.io/desired-replicas"
	maxAnnotation      = "deployment.kubernetes.io/max-replicas"
)

// notCopied are annotations of a Deployment that are none of its ReplicaSets'.
var notCopied = map[string]bool{
	corev1.LastAppliedConfigAnnotation: true, revisionAnnotation: true, desiredAnnotation: true, maxAnnotation: true,
}

// isOfTemplate reports whether a ReplicaSet was made for a template. To go back
// to an earlier template is to find its ReplicaSet again.
func isOfTemplate(set *appsv1.ReplicaSet, template *corev1.PodTemplateSpec) bool {
	own, other := set.Spec.Template.DeepCopy(), template.DeepCopy()
	delete(own.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	delete(other.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	return equality.Semantic.DeepEqual(own, other)
}

// ensureCurrent makes the ReplicaSet of the current template, or makes the one
// that there is the latest revision.
func (c *Controller) ensureCurrent(ctx context.Context, r *rollout) error {
	var last int64
	for _, set := range r.old {
		last = max(last, revisionOf(set))
	}
	if r.current == nil {
		if err := c.createCurrent(ctx, r, last+1); err != nil {
			return err
		}
	} else if err := c.renew(ctx, r, last+1); err != nil {
		return err
	}
	revision := r.current.Annotations[revisionAnnotation]
	if r.Annotations[revisionAnnotation] == revision {
		return nil
	}
	patch, _ := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{revisionAnnotation: revision}}}) // cannot fail
	patched, err := c.deployments.Patch(ctx, r.Namespace, r.Name, types.MergePatchType, patch)
	if err == nil {
		r.Deployment = patched
	}
	return err
}

// renew brings the ReplicaSet of the current template up to what else the
// Deployment says. Its revision only grows.
func (c *Controller) renew(ctx context.Context, r *rollout, revision int64) error {
	next := r.current.DeepCopy()
	changed := copyAnnotations(next, r.Deployment)
	if revisionOf(next) < revision {
		changed = setAnnotation(next, revisionAnnotation, fmt.Sprint(revision)) || changed
	}
	if next.Spec.MinReadySeconds != r.Spec.MinReadySeconds {
		next.Spec.MinReadySeconds, changed = r.Spec.MinReadySeconds, true
	}
	if !changed {
		return nil
	}
	updated, err := c.ReplicaSets.Update(ctx, next)
	if err == nil {
		r.current = updated
	}
	return err
}

// createCurrent makes a ReplicaSet for the current template, without any pods
// yet. It is named for the template's hash; when another template has the same,
// the status counts that, and the count changes the hash.
func (c *Controller) createCurrent(ctx context.Context, r *rollout, revision int64) error {
	made, err := c.ReplicaSets.Create(ctx, newSet(r.Deployment, revision))
	switch {
	case client.IsAlreadyExists(err):
		next := r.Deployment.DeepCopy()
		count := int32(1)
		if next.Status.CollisionCount != nil {
			count += *next.Status.CollisionCount
		}
		next.Status.CollisionCount = &count
		if _, failed := c.deployments.UpdateStatus(ctx, next); failed != nil {
			return failed
		}
		return fmt.Errorf("the name of the new ReplicaSet is taken: %w", err) // and again
	case err != nil && !client.IsTerminating(err):
		c.recorder.Warning(r.Deployment, "ReplicaSetCreateError", "Failed to create new replica set %q: %v", newSet(r.Deployment, revision).Name, err)
	}
	if err == nil {
		r.current, r.made = made, true
	}
	return err
}

// newSet is the ReplicaSet of a Deployment's template.
func newSet(d *appsv1.Deployment, revision int64) *appsv1.ReplicaSet {
	hash, none := templateHash(d), int32(0)
	template, selector := d.Spec.Template.DeepCopy(), d.Spec.Selector.DeepCopy()
	template.Labels = with(template.Labels, appsv1.DefaultDeploymentUniqueLabelKey, hash)
	selector.MatchLabels = with(selector.MatchLabels, appsv1.DefaultDeploymentUniqueLabelKey, hash)
	set := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: d.Namespace, Name: d.Name + "-" + hash, Labels: template.Labels,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
		},
		Spec: appsv1.ReplicaSetSpec{Replicas: &none, MinReadySeconds: d.Spec.MinReadySeconds, Selector: selector, Template: *template},
	}
	copyAnnotations(set, d)
	setAnnotation(set, revisionAnnotation, fmt.Sprint(revision))
	return set
}

// templateHash is a short name for a template.
func templateHash(d *appsv1.Deployment) string {
	hash := fnv.New32a()
	text, _ := json.Marshal(d.Spec.Template) // it came as JSON
	hash.Write(text)
	if d.Status.CollisionCount != nil {
		fmt.Fprint(hash, *d.Status.CollisionCount)
	}
	return rand.SafeEncodeString(fmt.Sprint(hash.Sum32()))
}

// copyAnnotations hands a Deployment's annotations down, such as the cause of a
// change, and reports whether that changes anything.
func copyAnnotations(set *appsv1.ReplicaSet, d *appsv1.Deployment) (changed bool) {
	for name, value := range d.Annotations {
		if !notCopied[name] {
			changed = setAnnotation(set, name, value) || changed
		}
	}
	return changed
}

func with(labels map[string]string, name, value string) map[string]string {
	labels = maps.Clone(labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels[name] = value
	return labels
}

// revisionOf is a ReplicaSet's number in the history; 0 when it has none.
func revisionOf(set *appsv1.ReplicaSet) int64 {
	number, _ := strconv.ParseInt(set.Annotations[revisionAnnotation], 10, 64)
	return number
}

// forgetHistory deletes the oldest ReplicaSets that have no pods any more, when
// there are more of them than the Deployment wants to go back to.
func (c *Controller) forgetHistory(ctx context.Context, r *rollout) error {
	if r.Spec.RevisionHistoryLimit == nil || !isComplete(r.Deployment, r.status()) {
		return nil
	}
	tooMany := len(r.old) - int(*r.Spec.RevisionHistoryLimit)
	for _, set := range r.old {
		if tooMany <= 0 {
			break
		}
		tooMany--
		if set.Status.Replicas != 0 || *set.Spec.Replicas != 0 || set.Generation > set.Status.ObservedGeneration {
			continue
		}
		if err := c.ReplicaSets.Delete(ctx, client.KeyOf(set)); err != nil && !client.IsNotFound(err) {
			return err
		}
	}
	return nil
}
