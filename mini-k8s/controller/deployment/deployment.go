// Package deployment brings pods from one version to the next. A Deployment owns
// a ReplicaSet for each template that it had; to roll out a new one is to let
// its ReplicaSet grow and the older ones shrink, within what maxSurge and
// maxUnavailable allow. It never touches a pod.
package deployment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/controller"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Controller rolls out Deployments.
type Controller struct {
	*controller.Shared
	deployments *client.Cache[appsv1.Deployment]
	queue       *client.Queue[client.Key]
	recorder    *client.Recorder
}

// New returns a controller that follows the shared caches. It begins with Run.
func New(shared *controller.Shared) *Controller {
	c := &Controller{
		Shared: shared, deployments: client.Cached[appsv1.Deployment](shared.Client, client.Selector{}),
		queue: client.NewQueue[client.Key](), recorder: client.NewRecorder(shared.Client, "deployment-controller", shared.Now),
	}
	c.deployments.OnChange(func(_, now *appsv1.Deployment) {
		if now != nil {
			c.queue.Add(client.KeyOf(now))
		}
	})
	c.ReplicaSets.OnChange(func(old, now *appsv1.ReplicaSet) {
		for _, set := range []*appsv1.ReplicaSet{old, now} {
			if set != nil {
				c.setChanged(set)
			}
		}
	})
	// Recreate waits for the last old pod to be gone, of which no ReplicaSet
	// tells.
	c.Pods.OnChange(func(old, now *corev1.Pod) {
		if now == nil {
			c.podGone(old)
		}
	})
	return c
}

// setChanged looks at the Deployment of a ReplicaSet; of an orphan at all that
// might adopt it.
func (c *Controller) setChanged(set *appsv1.ReplicaSet) {
	if owner := metav1.GetControllerOf(set); owner != nil {
		if owner.Kind == "Deployment" {
			c.queue.Add(client.Key{Namespace: set.Namespace, Name: owner.Name})
		}
		return
	}
	for _, d := range c.deployments.All() {
		if d.Namespace == set.Namespace {
			c.queue.Add(client.KeyOf(d))
		}
	}
}

func (c *Controller) podGone(pod *corev1.Pod) {
	owner := metav1.GetControllerOf(pod)
	if owner == nil || owner.Kind != "ReplicaSet" {
		return
	}
	if set := c.ReplicaSets.Lookup(client.Key{Namespace: pod.Namespace, Name: owner.Name}); set != nil {
		c.setChanged(set)
	}
}

// Run rolls out until ctx ends.
func (c *Controller) Run(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { c.deployments.Run(ctx) })
	group.Go(func() { c.recorder.Run(ctx) })
	if c.Synced(ctx) == nil && c.deployments.Synced(ctx) == nil {
		c.Loop(ctx, "deployment", c.queue, c.Reconcile)
	}
}

// rollout is a Deployment and its ReplicaSets as they are now.
type rollout struct {
	*appsv1.Deployment
	current *appsv1.ReplicaSet   // of the template as it is; nil: not there yet
	old     []*appsv1.ReplicaSet // of earlier ones, the oldest first
	made    bool                 // current was made just now
}

func (r *rollout) all() []*appsv1.ReplicaSet {
	if r.current == nil {
		return r.old
	}
	return append(slices.Clone(r.old), r.current)
}

// Reconcile takes a rollout one step further. What the step brings about comes
// back as a change of a ReplicaSet's status, and leads to the next.
func (c *Controller) Reconcile(ctx context.Context, key client.Key) error {
	d := c.deployments.Lookup(key)
	if d == nil {
		return nil
	}
	r, err := c.read(ctx, d)
	if err != nil {
		return err
	}
	if d.DeletionTimestamp == nil {
		if err := c.step(ctx, r); err != nil {
			return err
		}
		if r, err = c.readAgain(ctx, r); err != nil {
			return err
		}
		if err := c.forgetHistory(ctx, r); err != nil {
			return err
		}
	}
	return c.tell(ctx, r)
}

// step makes the ReplicaSet of the current template, unless the Deployment is
// paused, and gives all their sizes.
func (c *Controller) step(ctx context.Context, r *rollout) error {
	if !r.Spec.Paused {
		if err := c.ensureCurrent(ctx, r); err != nil {
			return err
		}
	}
	var errs []error
	for _, size := range c.sizes(r) {
		errs = append(errs, c.resize(ctx, r, size))
	}
	return errors.Join(errs...)
}

// sizes is how large each ReplicaSet is to be now.
func (c *Controller) sizes(r *rollout) []Size {
	switch {
	case r.Spec.Paused || isScaled(r):
		return Proportional(r)
	case r.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType:
		return Recreate(r, c.hasOldPods(r))
	}
	return Rolling(r)
}

// hasOldPods reports whether a pod of an earlier template has not ended yet.
func (c *Controller) hasOldPods(r *rollout) bool {
	return slices.ContainsFunc(c.Pods.All(), func(pod *corev1.Pod) bool {
		return pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed &&
			slices.ContainsFunc(r.old, func(set *appsv1.ReplicaSet) bool { return controller.IsOwnedBy(pod, set) })
	})
}

// read finds the ReplicaSets of a Deployment.
func (c *Controller) read(ctx context.Context, d *appsv1.Deployment) (*rollout, error) {
	selector, err := metav1.LabelSelectorAsSelector(d.Spec.Selector)
	if err != nil {
		return nil, fmt.Errorf("selector of %s: %w", client.KeyOf(d), err)
	}
	ref := metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))
	sets, err := controller.Claims[appsv1.ReplicaSet]{Cache: c.ReplicaSets, Owner: d, Ref: ref, Selector: selector}.Take(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(sets, older)
	r := &rollout{Deployment: d}
	for _, set := range sets {
		switch {
		case set.DeletionTimestamp != nil:
		case r.current == nil && isOfTemplate(set, &d.Spec.Template):
			r.current = set
		default:
			r.old = append(r.old, set)
		}
	}
	return r, nil
}

// readAgain shows a rollout after a step.
func (c *Controller) readAgain(ctx context.Context, before *rollout) (*rollout, error) {
	now, err := c.read(ctx, before.Deployment)
	if err == nil {
		now.made = before.made
	}
	return now, err
}

// older orders ReplicaSets by age.
func older(a, b *appsv1.ReplicaSet) int {
	if order := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); order != 0 {
		return order
	}
	if a.Name < b.Name {
		return -1
	}
	return 1
}

// resize gives a ReplicaSet its size, and writes beside it of what whole that is
// a part: Proportional needs to know.
func (c *Controller) resize(ctx context.Context, r *rollout, size Size) error {
	next, before := size.Set.DeepCopy(), *size.Set.Spec.Replicas
	next.Spec.Replicas = &size.Replicas
	changed := before != size.Replicas
	if size.Replicas > 0 || changed {
		changed = setAnnotation(next, desiredAnnotation, fmt.Sprint(*r.Spec.Replicas)) || changed
		changed = setAnnotation(next, maxAnnotation, fmt.Sprint(*r.Spec.Replicas+maxSurge(r.Deployment))) || changed
	}
	if !changed {
		return nil
	}
	if _, err := c.ReplicaSets.Update(ctx, next); err != nil {
		return err
	}
	switch {
	case size.Replicas > before:
		c.recorder.Normal(r.Deployment, "ScalingReplicaSet", "Scaled up replica set %s from %d to %d", next.Name, before, size.Replicas)
	case size.Replicas < before:
		c.recorder.Normal(r.Deployment, "ScalingReplicaSet", "Scaled down replica set %s from %d to %d", next.Name, before, size.Replicas)
	}
	return nil
}

// setAnnotation reports whether that changes anything.
func setAnnotation(o metav1.Object, name, value string) bool {
	annotations := o.GetAnnotations()
	if before, ok := annotations[name]; ok && before == value {
		return false
	}
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[name] = value
	o.SetAnnotations(annotations)
	return true
}
