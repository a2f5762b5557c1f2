// Package garbage deletes what has lost its owner. Objects say who owns them
// (metadata.ownerReferences), and whoever deletes an owner says what becomes of
// them: they go afterwards (Background), the owner waits for them (Foreground),
// or they stay (Orphan). The API server only writes the wish down, as a
// finalizer; this controller carries it out.
package garbage

import (
	"context"
	"sync"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/client"
	"drydock/mini-k8s/controller"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// object is the part of an object that counts here.
type object = metav1.PartialObjectMetadata

// item names an object of any kind.
type item struct {
	kind *api.Kind
	client.Key
}

// workers is how many objects are looked at at a time.
const workers = 8

// Controller deletes what has lost its owner.
type Controller struct {
	*controller.Shared
	caches map[*api.Kind]*client.Cache[object]
	queue  *client.Queue[item]
	mutex  sync.Mutex
	owned  map[types.UID]map[item]bool // by owner
}

// New returns a controller that follows all kinds but Events, which own nothing
// and are owned by nobody, and are many. It begins with Run.
func New(shared *controller.Shared) *Controller {
	c := &Controller{
		Shared: shared, caches: map[*api.Kind]*client.Cache[object]{},
		queue: client.NewQueue[item](), owned: map[types.UID]map[item]bool{},
	}
	for _, k := range shared.Client.Kinds.All() {
		if k.Kind == "Event" {
			continue
		}
		c.caches[k] = client.For[object](shared.Client, k).Cached(client.Selector{})
		c.caches[k].OnChange(func(old, now *object) { c.changed(k, old, now) })
	}
	return c
}

// Run collects until ctx ends.
func (c *Controller) Run(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	for _, cache := range c.caches {
		group.Go(func() { cache.Run(ctx) })
	}
	for _, cache := range c.caches {
		if cache.Synced(ctx) != nil {
			return
		}
	}
	c.queue.Run(ctx, workers, func(ctx context.Context, i item) error {
		c.Metrics.Add("controller_reconcile_total", `controller="garbage"`, 1)
		return c.Reconcile(ctx, i)
	})
}

// changed keeps who owns what, and looks at those whom a change concerns: the
// object itself, those that it owns when it is deleted, and those that own it
// and may wait for it to be gone.
func (c *Controller) changed(k *api.Kind, old, now *object) {
	this := item{k, client.KeyOf(either(now, old))}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if old != nil {
		for _, ref := range old.OwnerReferences {
			delete(c.owned[ref.UID], this)
			if len(c.owned[ref.UID]) == 0 {
				delete(c.owned, ref.UID)
			}
			if owner, ok := c.find(ref, old.Namespace); ok && now == nil {
				c.queue.Add(owner)
			}
		}
	}
	if now == nil {
		for dependent := range c.owned[old.UID] {
			c.queue.Add(dependent)
		}
		return
	}
	for _, ref := range now.OwnerReferences {
		if c.owned[ref.UID] == nil {
			c.owned[ref.UID] = map[item]bool{}
		}
		c.owned[ref.UID][this] = true
	}
	if len(now.OwnerReferences) > 0 || now.DeletionTimestamp != nil {
		c.queue.Add(this)
	}
}

func either(a, b *object) *object {
	if a != nil {
		return a
	}
	return b
}

// dependents returns what an object owns.
func (c *Controller) dependents(of *object) []item {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var found []item
	for each := range c.owned[of.UID] {
		found = append(found, each)
	}
	return found
}

// find says where an owner is: in the namespace of what it owns, or in none. A
// kind that is not known owns for ever.
func (c *Controller) find(ref metav1.OwnerReference, namespace string) (item, bool) {
	for k := range c.caches {
		if k.Kind == ref.Kind && k.GroupVersion().String() == ref.APIVersion {
			if !k.Namespaced {
				namespace = ""
			}
			return item{k, client.Key{Namespace: namespace, Name: ref.Name}}, true
		}
	}
	return item{}, false
}
