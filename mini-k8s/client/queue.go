package client

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// How long a key waits after a failure, doubling from the first to the last.
const (
	firstRetry = 5 * time.Millisecond
	lastRetry  = time.Minute
)

// Queue is work to do, by key. A key that is in it already is not put in again,
// and one that is being worked on is worked on again afterwards, never twice at
// a time. So a key says that something may have to be done, not what.
type Queue[K comparable] struct {
	mutex    sync.Mutex
	waiting  []K
	dirty    map[K]bool // in waiting, or to be put there when its work ends
	working  map[K]bool
	failures map[K]int
	later    map[K]*delayed
	wake     chan struct{} // holds one token when there may be work
}

// delayed is when a key is to be put in.
type delayed struct {
	at    time.Time
	timer *time.Timer
}

// NewQueue returns an empty queue.
func NewQueue[K comparable]() *Queue[K] {
	return &Queue[K]{dirty: map[K]bool{}, working: map[K]bool{}, failures: map[K]int{}, later: map[K]*delayed{}, wake: make(chan struct{}, 1)}
}

// Add puts a key in.
func (q *Queue[K]) Add(key K) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.dirty[key] {
		return
	}
	q.dirty[key] = true
	if !q.working[key] {
		q.waiting = append(q.waiting, key)
		q.signal()
	}
}

// AddAfter puts a key in when some time has passed. Of several times for one key
// the earliest holds: whoever works on it then says anew when to come again.
func (q *Queue[K]) AddAfter(key K, wait time.Duration) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.addAfter(key, wait)
}

func (q *Queue[K]) addAfter(key K, wait time.Duration) {
	at := time.Now().Add(wait)
	if before := q.later[key]; before != nil {
		if !at.Before(before.at) {
			return
		}
		before.timer.Stop()
	}
	mine := &delayed{at: at}
	q.later[key] = mine
	mine.timer = time.AfterFunc(wait, func() {
		q.mutex.Lock()
		if q.later[key] == mine {
			delete(q.later, key)
		}
		q.mutex.Unlock()
		q.Add(key)
	})
}

// Len is how many keys wait.
func (q *Queue[K]) Len() int {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	return len(q.waiting)
}

// Run has work called for each key by a number of workers until ctx ends, and
// returns when they are done. A key whose work fails comes again, later and
// later.
func (q *Queue[K]) Run(ctx context.Context, workers int, work func(ctx context.Context, key K) error) {
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for {
				key, ok := q.next(ctx)
				if !ok {
					return
				}
				q.done(key, work(ctx, key))
			}
		})
	}
	group.Wait()
}

// next waits for a key and takes it.
func (q *Queue[K]) next(ctx context.Context) (key K, ok bool) {
	for {
		select {
		case <-ctx.Done():
			return key, false
		case <-q.wake:
		}
		q.mutex.Lock()
		if len(q.waiting) == 0 {
			q.mutex.Unlock()
			continue
		}
		key, q.waiting = q.waiting[0], q.waiting[1:]
		q.signal()
		delete(q.dirty, key)
		q.working[key] = true
		q.mutex.Unlock()
		return key, true
	}
}

// done lets go of a key. One that was added meanwhile, or has failed, waits
// again.
func (q *Queue[K]) done(key K, err error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	delete(q.working, key)
	if q.dirty[key] {
		q.waiting = append(q.waiting, key)
		q.signal()
	}
	if err == nil {
		delete(q.failures, key)
		return
	}
	wait := lastRetry
	if n := q.failures[key]; n < 14 { // 5 ms << 14 is beyond a minute
		wait = min(firstRetry<<n, lastRetry)
	}
	q.failures[key]++
	if !IsConflict(err) { // somebody was faster, as happens every day
		slog.Warn("again later", "key", key, "wait", wait, "error", err)
	}
	q.addAfter(key, wait)
}

// signal wakes one worker, which wakes the next.
func (q *Queue[K]) signal() {
	if len(q.waiting) == 0 {
		return
	}
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
