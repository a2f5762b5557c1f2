package apiserver

import (
	"context"
	"encoding/json"
	"fmt"
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
		text, _ := json.Marshal(answer.Status(err)) // cannot fail
		_ = stream.line("ERROR", text)              // the client may have gone
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
	text, err := s.text(e)
	if err != nil {
		return err
	}
	return s.line(string(e.Type), text)
}

// text is what a client is shown of an event. Most want the object itself.
func (s *stream) text(e registry.Event) ([]byte, error) {
	form := s.request.form
	switch {
	case form.As == "" && e.Text != nil:
		return e.Text()
	case e.Type == apiwatch.Bookmark && form.As != "Table":
		return json.Marshal(e.Object.Object)
	}
	first := !s.shown
	s.shown = true
	return json.Marshal(form.One(s.request.kind, e.Object, first))
}

func (s *stream) line(kind string, object []byte) (err error) {
	_ = s.control.SetWriteDeadline(time.Now().Add(lineTime)) // none in tests' recorders
	if _, err = fmt.Fprintf(s.w, "{\"type\":%q,\"object\":%s}\n", kind, object); err == nil {
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
