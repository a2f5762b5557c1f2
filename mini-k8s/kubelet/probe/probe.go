// Package probe asks running containers, again and again, whether they have
// started, are ready and are alive, as their pods say how.
//
//	prober := probe.New(probe.Checker{Runtime: runtime}, probe.Listener{...})
//	prober.Watch(ctx, target, probe.Known{})  // each time it is seen to run
//	prober.IsReady(target.ID)
//	prober.Forget(target.ID)                  // once it has ended
//
// It restarts nothing: that is for who is told. See
// https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/.
package probe

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Kind is what a probe finds out.
type Kind string

// The kinds, as events name them.
const (
	Startup   Kind = "Startup"
	Readiness Kind = "Readiness"
	Liveness  Kind = "Liveness"
)

// Listener is told of what probes find. It must not wait.
type Listener struct {
	Failed  func(t Target, kind Kind, why error) // once
	Changed func(t Target)                       // ready, started or alive is not as before
}

// Known is what was known of a container before this program began.
type Known struct{ Started, Ready bool }

// Prober runs probes. It is safe for use by several goroutines.
type Prober struct {
	checker Checker
	tell    Listener

	mutex   sync.Mutex
	watched map[string]*watched // by container id
	running sync.WaitGroup
}

// watched is a container that is probed.
type watched struct {
	cancel                context.CancelFunc
	started, ready, alive bool
	begun                 chan struct{} // closed once started
}

// New returns a prober.
func New(checker Checker, tell Listener) *Prober {
	return &Prober{checker: checker, tell: tell, watched: map[string]*watched{}}
}

// Watch begins to probe a container, unless it is probed already, until ctx ends.
func (p *Prober) Watch(ctx context.Context, t Target, known Known) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.watched[t.ID] != nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	c := t.Container
	w := &watched{
		cancel: cancel, alive: true, begun: make(chan struct{}),
		started: c.StartupProbe == nil || known.Started, ready: c.ReadinessProbe == nil || known.Ready,
	}
	p.watched[t.ID] = w
	if w.started {
		close(w.begun)
	}
	for kind, how := range map[Kind]*corev1.Probe{Startup: c.StartupProbe, Readiness: c.ReadinessProbe, Liveness: c.LivenessProbe} {
		if how != nil && (kind != Startup || !w.started) {
			p.running.Go(func() { p.run(ctx, w, t, kind, how) })
		}
	}
}

// run asks until a container is forgotten or has ended. Who has not started is
// asked nothing else.
func (p *Prober) run(ctx context.Context, w *watched, t Target, kind Kind, how *corev1.Probe) {
	if kind != Startup {
		select {
		case <-w.begun:
		case <-ctx.Done():
			return
		}
	}
	if !pause(ctx, time.Duration(how.InitialDelaySeconds)*time.Second) {
		return
	}
	var successes, failures int32
	for {
		err := p.ask(ctx, t, how)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			successes, failures = successes+1, 0
		} else {
			successes, failures = 0, failures+1
			p.tell.Failed(t, kind, err)
		}
		if successes >= how.SuccessThreshold {
			p.found(w, t, kind, true)
		} else if failures >= how.FailureThreshold {
			p.found(w, t, kind, false)
		}
		if kind == Startup && successes >= how.SuccessThreshold || !pause(ctx, time.Duration(how.PeriodSeconds)*time.Second) {
			return
		}
	}
}

func (p *Prober) ask(ctx context.Context, t Target, how *corev1.Probe) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(how.TimeoutSeconds)*time.Second)
	defer cancel()
	return p.checker.Check(ctx, how.ProbeHandler, t)
}

// found notes what a probe has found, and tells if that is news. Who does not
// start is not alive.
func (p *Prober) found(w *watched, t Target, kind Kind, well bool) {
	p.mutex.Lock()
	before := [3]bool{w.started, w.ready, w.alive}
	switch {
	case kind == Readiness:
		w.ready = well
	case kind == Liveness || !well:
		w.alive = well
	case !w.started:
		w.started = true
		close(w.begun)
	}
	changed := before != [3]bool{w.started, w.ready, w.alive}
	p.mutex.Unlock()
	if changed {
		p.tell.Changed(t)
	}
}

// IsReady reports whether a container may be sent requests.
func (p *Prober) IsReady(id string) bool { return p.is(id, func(w *watched) bool { return w.ready }) }

// IsStarted reports whether a container has started.
func (p *Prober) IsStarted(id string) bool {
	return p.is(id, func(w *watched) bool { return w.started })
}

// IsDead reports whether a container is to be ended, since it is not alive.
func (p *Prober) IsDead(id string) bool { return p.is(id, func(w *watched) bool { return !w.alive }) }

func (p *Prober) is(id string, holds func(*watched) bool) bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	w := p.watched[id]
	return w != nil && holds(w)
}

// Forget ends the probes of a container.
func (p *Prober) Forget(id string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if w := p.watched[id]; w != nil {
		w.cancel()
		delete(p.watched, id)
	}
}

// Wait waits for all probes, once their context has ended.
func (p *Prober) Wait() { p.running.Wait() }
