package scheduler

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"drydock/mini-k8s/client"

	corev1 "k8s.io/api/core/v1"
)

// How long a pod that fits nowhere waits: at least the back-off, which doubles
// with each attempt, then until something changes that may help it, and at the
// latest for parkTime. The figures are kube-scheduler's.
const (
	firstBackoff = time.Second
	lastBackoff  = 10 * time.Second
	parkTime     = 5 * time.Minute
)

// Pending is the pods without a node, in three places:
//
//	active    to be tried now, by priority, then by age
//	parked    tried in vain; tried again when something has changed,
//	          but not before their back-off is over
//	in hand   given out by Pop; Park brings them back
type Pending struct {
	now    func() time.Time
	mutex  sync.Mutex
	active activeHeap
	parked map[client.Key]*pending
	known  map[client.Key]*pending // all of them
	moves  int                     // how often something changed that may help
	wake   chan struct{}
}

// pending is a pod that waits for a node.
type pending struct {
	pod      *corev1.Pod
	since    time.Time
	attempts int
	parkedAt time.Time
	moved    bool // something has changed since it was parked
	seen     int  // Pending.moves when it was given out
	at       int  // place in the heap, -1: not there
}

// NewPending returns no pods; now is its clock.
func NewPending(now func() time.Time) *Pending {
	return &Pending{now: now, parked: map[client.Key]*pending{}, known: map[client.Key]*pending{}, wake: make(chan struct{}, 1)}
}

// Put adds a pod, or takes over how it is now.
func (p *Pending) Put(pod *corev1.Pod) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	key := client.KeyOf(pod)
	if known := p.known[key]; known != nil && known.pod.UID == pod.UID {
		known.pod = pod
		return
	}
	p.remove(key)
	p.known[key] = &pending{pod: pod, since: p.now(), at: -1}
	heap.Push(&p.active, p.known[key])
	p.signal()
}

// Remove takes a pod out: it has a node, or is gone.
func (p *Pending) Remove(key client.Key) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.remove(key)
}

func (p *Pending) remove(key client.Key) {
	if known := p.known[key]; known != nil && known.at >= 0 {
		heap.Remove(&p.active, known.at)
	}
	delete(p.known, key)
	delete(p.parked, key)
}

// Pop waits for a pod to try and gives it out; nil when ctx has ended.
func (p *Pending) Pop(ctx context.Context) *corev1.Pod {
	for {
		p.mutex.Lock()
		next := p.promote()
		if p.active.Len() > 0 {
			given := heap.Pop(&p.active).(*pending)
			given.seen, given.attempts = p.moves, given.attempts+1
			p.mutex.Unlock()
			return given.pod
		}
		p.mutex.Unlock()
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-p.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Park brings back a pod that fits nowhere.
func (p *Pending) Park(pod *corev1.Pod) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	key := client.KeyOf(pod)
	known := p.known[key]
	if known == nil || known.pod.UID != pod.UID || known.at >= 0 {
		return // gone meanwhile
	}
	// What changed while the pod was being tried may have come too late for
	// that attempt.
	known.parkedAt, known.moved = p.now(), known.seen != p.moves
	p.parked[key] = known
	p.signal()
}

// Retry says that something has changed that may help pods which fit nowhere.
func (p *Pending) Retry() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.moves++
	for _, each := range p.parked {
		each.moved = true
	}
	p.signal()
}

// Len is how many pods have no node.
func (p *Pending) Len() int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return len(p.known)
}

// promote makes parked pods active whose time has come, and says when it will
// come for the next.
func (p *Pending) promote() (next time.Duration) {
	next = parkTime
	for key, each := range p.parked {
		wait := each.due().Sub(p.now())
		if wait > 0 {
			next = min(next, wait)
			continue
		}
		delete(p.parked, key)
		heap.Push(&p.active, each)
	}
	return next
}

// due is when a parked pod is to be tried again.
func (e *pending) due() time.Time {
	if !e.moved {
		return e.parkedAt.Add(parkTime)
	}
	backoff := lastBackoff
	if e.attempts < 5 { // 1 s << 4 is beyond the last
		backoff = min(firstBackoff<<(e.attempts-1), lastBackoff)
	}
	return e.parkedAt.Add(backoff)
}

func (p *Pending) signal() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// activeHeap is a heap (container/heap) of pods, the most important and the
// longest waiting first.
type activeHeap []*pending

func (h activeHeap) Len() int { return len(h) }

func (h activeHeap) Less(i, j int) bool {
	if a, b := priority(h[i].pod), priority(h[j].pod); a != b {
		return a > b
	}
	return h[i].since.Before(h[j].since)
}

func (h activeHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

func (h *activeHeap) Push(x any) {
	x.(*pending).at = len(*h)
	*h = append(*h, x.(*pending))
}

func (h *activeHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	x.at = -1
	*h = (*h)[:last]
	return x
}

func priority(pod *corev1.Pod) int32 {
	if pod.Spec.Priority == nil {
		return 0
	}
	return *pod.Spec.Priority
}
