package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxBreaks is how often a blob is gone on with.
const maxBreaks = 5

// resuming goes on with a blob where its transfer broke off, by asking for the rest
// (RFC 9110, 14 Range Requests; distribution-spec, Pulling blobs). Nobody has to
// believe that it is the rest of the same: the whole is compared with its digest.
type resuming struct{ base http.RoundTripper }

func (r resuming) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := r.base.RoundTrip(request)
	isBlob := request.Method == http.MethodGet && strings.Contains(request.URL.Path, "/blobs/")
	if err == nil && isBlob && answer.StatusCode == http.StatusOK && answer.ContentLength > 0 {
		answer.Body = &blob{ReadCloser: answer.Body, base: r.base, request: request, size: answer.ContentLength}
	}
	return answer, err
}

// blob is the body of an answer that may take several to come whole.
type blob struct {
	io.ReadCloser // of the answer that is being read
	base          http.RoundTripper
	request       *http.Request
	at, size      int64 // bytes that have come, of so many
	breaks        int
}

func (b *blob) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.at += int64(n)
	var stalled *stalledError
	if err == nil || b.at >= b.size || b.request.Context().Err() != nil || errors.As(err, &stalled) {
		return n, err
	}
	for b.breaks < maxBreaks {
		b.breaks++
		if b.rest() == nil {
			return n, nil
		}
	}
	return n, fmt.Errorf("the registry broke off after %d of %d bytes: %w", b.at, b.size, err)
}

// rest asks for what has not come.
func (b *blob) rest() error {
	ctx := b.request.Context()
	select {
	case <-time.After(time.Duration(b.breaks) * 100 * time.Millisecond):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	again := b.request.Clone(ctx)
	again.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", b.at, b.size-1))
	answer, err := b.base.RoundTrip(again)
	if err != nil {
		return err
	}
	begins := fmt.Sprintf("bytes %d-", b.at)
	if answer.StatusCode != http.StatusPartialContent || !strings.HasPrefix(answer.Header.Get("Content-Range"), begins) {
		return errors.Join(errors.New("the registry cannot go on in the middle"), answer.Body.Close())
	}
	err = b.ReadCloser.Close()
	b.ReadCloser = answer.Body
	return err
}
