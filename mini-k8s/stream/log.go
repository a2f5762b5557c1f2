package stream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"drydock/mini-k8s/kubelet/cri"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// errEnough says that a client got as many bytes as it wanted.
var errEnough = errors.New("enough")

// Log sends a log as text, as much of it as the client asks for.
func Log(w http.ResponseWriter, r *http.Request, read func(ctx context.Context, o cri.LogOptions, emit func(cri.LogLine) error) error) {
	query := r.URL.Query()
	options, err := logOptions(query, time.Now())
	left := int64(-1)
	if err == nil && query.Has("limitBytes") {
		left, err = strconv.ParseInt(query.Get("limitBytes"), 10, 64)
	}
	if err != nil {
		Refuse(w, apierrors.NewBadRequest(err.Error()))
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	flush := http.NewResponseController(w).Flush
	if options.Follow {
		flush() // so that the client knows that it is heard; fails if it has gone
	}
	err = read(r.Context(), options, func(line cri.LogLine) error {
		text := line.Text
		if isTrue(r, "timestamps") {
			text = line.Time.Format(time.RFC3339Nano) + " " + text
		}
		if left >= 0 && int64(len(text)) >= left {
			_, err := w.Write([]byte(text)[:left])
			return errors.Join(err, errEnough)
		}
		left -= int64(len(text))
		if _, err := w.Write([]byte(text)); err != nil || !options.Follow {
			return err
		}
		return flush()
	})
	if err != nil && !errors.Is(err, errEnough) && r.Context().Err() == nil {
		fmt.Fprintf(w, "reading the log: %v\n", err)
	}
}

// logOptions reads what a client asks for, as PodLogOptions has it.
func logOptions(query url.Values, now time.Time) (o cri.LogOptions, err error) {
	o = cri.LogOptions{Tail: -1, Follow: query.Get("follow") == "true"}
	if text := query.Get("tailLines"); text != "" {
		if o.Tail, err = strconv.Atoi(text); err != nil || o.Tail < 0 {
			return o, fmt.Errorf("tailLines: invalid value %q", text)
		}
	}
	if text := query.Get("sinceSeconds"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds <= 0 {
			return o, fmt.Errorf("sinceSeconds: invalid value %q", text)
		}
		o.Since = now.Add(-time.Duration(seconds) * time.Second)
	}
	if text := query.Get("sinceTime"); text != "" {
		if o.Since, err = time.Parse(time.RFC3339, text); err != nil {
			return o, fmt.Errorf("sinceTime: invalid value %q", text)
		}
	}
	return o, nil
}
