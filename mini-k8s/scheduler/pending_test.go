package scheduler

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func waiting(name string, priority int32) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name)}, Spec: corev1.PodSpec{Priority: &priority}}
}

func TestTheMostImportantAndThenTheOldestIsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPending(time.Now)
		for _, each := range []*corev1.Pod{waiting("a", 0), waiting("b", 5), waiting("c", 0), waiting("gone", 9)} {
			p.Put(each)
			time.Sleep(time.Second)
		}
		p.Remove(types.NamespacedName{Name: "gone"})
		for _, want := range []string{"b", "a", "c"} {
			if got := p.Pop(t.Context()).Name; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	})
}

// attempts parks a pod whenever it is given out and returns what tells when that
// was.
func attempts(ctx context.Context, p *Pending) func() []time.Duration {
	var mutex sync.Mutex
	var at []time.Duration
	begin := time.Now()
	go func() {
		for pod := p.Pop(ctx); pod != nil; pod = p.Pop(ctx) {
			mutex.Lock()
			at = append(at, time.Since(begin))
			mutex.Unlock()
			p.Park(pod)
		}
	}()
	return func() []time.Duration {
		synctest.Wait()
		mutex.Lock()
		defer mutex.Unlock()
		return slices.Clone(at)
	}
}

func TestAPodThatFitsNowhereWaitsForAChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := NewPending(time.Now)
		at := attempts(ctx, p)
		p.Put(waiting("a", 0))
		synctest.Wait()
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(at()) != 1 {
			t.Errorf("without a change: got %v, want one attempt", at())
		}
		p.Retry()
		synctest.Wait()
		if len(at()) != 2 || at()[1] != time.Minute {
			t.Errorf("after a change: got %v, want a second attempt at once", at())
		}
		time.Sleep(2 * parkTime)
		synctest.Wait() // the second is due at this very moment
		if len(at()) != 4 {
			t.Errorf("after a long time: got %v, want one every %v", at(), parkTime)
		}
		cancel()
		synctest.Wait()
	})
}

func TestAPodThatFitsNowhereBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := NewPending(time.Now)
		at := attempts(ctx, p)
		p.Put(waiting("a", 0))
		for range 400 {
			time.Sleep(100 * time.Millisecond)
			p.Retry()
			synctest.Wait()
		}
		want := []time.Duration{0, 1, 3, 7, 15, 25, 35}
		if len(at()) != len(want) {
			t.Fatalf("got %v, want seconds %d", at(), want)
		}
		for i := range want {
			if got := at()[i].Round(time.Second); got != want[i]*time.Second {
				t.Errorf("attempt %d: got %v, want %v", i, got, want[i]*time.Second)
			}
		}
		cancel()
		synctest.Wait()
	})
}

func TestAChangeDuringAnAttemptIsNotMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPending(time.Now)
		p.Put(waiting("a", 0))
		begin, pod := time.Now(), p.Pop(t.Context())
		p.Retry() // room has become free, after the decision
		p.Park(pod)
		p.Pop(t.Context())
		if waited := time.Since(begin); waited != firstBackoff {
			t.Errorf("got a second attempt after %v, want %v", waited, firstBackoff)
		}
	})
}
