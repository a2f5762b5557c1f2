package apiserver

import (
	"context"
	"net/http"
	"time"

	"drydock/mini-k8s/apiserver/answer"
	"drydock/mini-k8s/apiserver/codec"
	"drydock/mini-k8s/apiserver/registry"

	apiwatch "k8s.io/apimachinery/pkg/watch"
)

// How long a watch lives when the client does not say, and how long one line
// may take to be read. A client that does not read is cut off.
const (
	watchTime = 30 * time.Minute
	lineTime  = 30 * time.Second
)

// watch streams events, a JSON object a line:
//
//	{"type":"ADDED","object":{...}}
//	{"type":"BOOKMARK","object":{...}}
//
// What ends it comes as a last line of type ERROR with a Status.
func watch(w http.ResponseWriter, r *request) error {
	options, err := r.listOptions()
	if err != nil {
		return err
	}
	life := watchTime
	if options.TimeoutSeconds != nil {
		life = time.Duration(*options.TimeoutSeconds) * time.Second
	}
	ctx, cancel := context.WithTimeout(r.Context(), life)
	defer cancel()
	events, err := r.registry.Watch(r.namespace, options)
	if err != nil {
		return err
	}
	stream := &stream{w: w, control: http.NewResponseController(w), request: r}
	stream.begin()
	if err := events.Each(ctx, stream.send); err != nil && !stream.broken && ctx.Err() == nil {
		_ = stream.line("ERROR", answer.Status(err)) // the client may have gone
	}
	return nil
}

// stream is the answer to a watch.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	request *request
	broken  bool // the client has gone or does not read
	shown   bool // an event, so a table's columns need not be named again
}

func (s *stream) send(e registry.Event) error {
	var shown any = e.Object.Object
	if e.Type != apiwatch.Bookmark || s.request.form.As == "Table" {
		shown = s.request.form.One(s.request.kind, e.Object, !s.shown)
		s.shown = true
	}
	return s.line(string(e.Type), shown)
}

func (s *stream) line(kind string, object any) error {
	text, err := codec.Encode(map[string]any{"type": kind, "object": object})
	if err != nil {
		return err
	}
	_ = s.control.SetWriteDeadline(time.Now().Add(lineTime)) // none in tests' recorders
	if _, err = s.w.Write(text); err == nil {
		err = s.control.Flush()
	}
	// HTTP/2 ends a stream at its deadline even if nothing is being written.
	_ = s.control.SetWriteDeadline(time.Time{})
	s.broken = s.broken || err != nil
	return err
}

// begin sends the header: the client waits for it before the first event.
func (s *stream) begin() {
	s.w.Header().Set("Content-Type", codec.JSON)
	s.w.Header().Set("Cache-Control", "no-cache, private")
	s.w.WriteHeader(http.StatusOK)
	_ = s.control.Flush() // where it fails, so will the first line
}
