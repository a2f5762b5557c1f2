package cluster

import (
	"context"
	"log/slog"
	"time"
)

// How long a component rests that has ended: the first time hardly, then twice as
// long each time, as Kubernetes does it with containers. One that has run for long
// enough begins anew.
const (
	firstRest = 100 * time.Millisecond
	mostRest  = 10 * time.Second
	longRun   = 10 * time.Second
)

// keepRunning runs something again and again until ctx ends.
func keepRunning(ctx context.Context, name string, run func(context.Context) (exit string)) {
	rest := firstRest
	for ctx.Err() == nil {
		started := time.Now()
		exit := run(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(started) > longRun {
			rest = firstRest
		}
		slog.Warn("a component has ended", "component", name, "how", exit, "again in", rest)
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
		rest = min(2*rest, mostRest)
	}
}
