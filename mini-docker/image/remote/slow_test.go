package remote

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// drips is a registry's answer: a byte each time that a pause is over.
type drips struct {
	ctx   context.Context
	pause time.Duration
	left  int
}

func (d *drips) Read(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case <-time.After(d.pause):
		d.left--
		return copy(p, "."), nil
	}
}

func (d *drips) Close() error { return nil }

// RoundTrip answers with what drips.
func (d *drips) RoundTrip(r *http.Request) (*http.Response, error) {
	d.ctx = r.Context()
	return &http.Response{StatusCode: http.StatusOK, Body: d, Request: r}, nil
}

// A registry is given up for a pause, and not for the whole that it takes: here a
// thousand times as long, by a clock that waits for nobody.
func TestARegistryMaySendSlowly(t *testing.T) {
	for name, pause := range map[string]time.Duration{"slow": patience - time.Second, "silent": patience + time.Second} {
		synctest.Test(t, func(t *testing.T) {
			const size = 1000
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/v2/x/blobs/sha256:0", nil)
			if err != nil {
				t.Fatal(err)
			}
			begun := time.Now()
			answer, err := bounded{&drips{pause: pause, left: size}, patience}.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			var stalled *stalledError
			if name == "slow" && (err != nil || len(got) != size || time.Since(begun) != size*pause) {
				t.Errorf("slow: %d bytes after %v, %v", len(got), time.Since(begun), err)
			}
			if name == "silent" && (!errors.As(err, &stalled) || time.Since(begun) != patience) {
				t.Errorf("silent: after %v, %v", time.Since(begun), err)
			}
		})
	}
}
