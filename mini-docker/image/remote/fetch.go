package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/errgroup"

	"drydock/mini-docker/image"
)

// parallel is how many layers are fetched at once, as in Docker.
const parallel = 3

// maxBreaks is how often a blob is gone on with.
const maxBreaks = 5

// source is a repository that blobs are fetched from.
type source struct {
	client     *http.Client
	repository name.Repository

	telling sync.Mutex
	notify  Notify
	fetched map[v1.Hash]bool
}

func (s *source) tell(p Progress) {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.notify(p)
}

// newClient follows a registry to where its blobs lie, but not from outside into a
// network that only this machine reaches: an image must not say whom it asks.
func newClient(way http.RoundTripper) *http.Client {
	return &http.Client{Transport: way, CheckRedirect: func(next *http.Request, asked []*http.Request) error {
		host := next.URL.Hostname()
		at, err := netip.ParseAddr(host)
		if err == nil && host != asked[0].URL.Hostname() && (at.IsPrivate() || at.IsLinkLocalUnicast() || at.IsLoopback()) {
			return fmt.Errorf("the registry sends its clients on to %s, which is in a private network", host)
		}
		if len(asked) == 10 {
			return errors.New("the registry sends its clients on and on")
		}
		return nil
	}}
}

// fetchAll fetches layers, some at once. The first that fails ends the others.
func (s *source) fetchAll(ctx context.Context, in *image.Intake, layers []v1.Descriptor) error {
	var digests []v1.Hash
	sizes := map[v1.Hash]int64{}
	for _, each := range layers {
		if in.Has(each.Digest) {
			s.tell(Progress{each.Digest, AlreadyExists, each.Size, each.Size})
			continue
		}
		digests, sizes[each.Digest] = append(digests, each.Digest), each.Size
		s.tell(Progress{each.Digest, Waiting, 0, each.Size})
	}
	reserved, err := in.Reserve(ctx, digests)
	if err != nil {
		return err
	}
	s.fetched = map[v1.Hash]bool{}
	for _, part := range reserved {
		s.fetched[part.Digest] = true
	}
	for _, digest := range digests {
		if !s.fetched[digest] { // another process has, meanwhile
			s.tell(Progress{digest, AlreadyExists, sizes[digest], sizes[digest]})
		}
	}
	fetching, ctx := errgroup.WithContext(ctx)
	fetching.SetLimit(parallel)
	for _, part := range reserved {
		fetching.Go(func() error {
			if err := s.fetch(ctx, in, part, sizes[part.Digest]); err != nil {
				return fmt.Errorf("layer %.12s: %w", part.Digest.Hex, err)
			}
			return nil
		})
	}
	return fetching.Wait()
}

// fetch takes one layer in, and believes nothing that is said of it. What lay here
// since an earlier time and turns out not to be its beginning is fetched anew.
func (s *source) fetch(ctx context.Context, in *image.Intake, part *image.Partial, size int64) error {
	for {
		if err := s.complete(ctx, part, size); err != nil {
			return err
		}
		again, err := in.Finish(part)
		if err == nil {
			s.tell(Progress{part.Digest, DownloadComplete, size, size})
		}
		if !again {
			return err
		}
	}
}

// complete brings what is missing of a blob. Where the transfer breaks off it asks for
// the rest. Nobody has to believe that it is the rest of the same: the whole is
// compared with its digest.
func (s *source) complete(ctx context.Context, part *image.Partial, size int64) error {
	if part.At() > size {
		if err := part.Restart(); err != nil {
			return err
		}
	}
	for breaks := 0; part.At() < size; breaks++ {
		if breaks > 0 {
			select {
			case <-time.After(time.Duration(breaks) * 100 * time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		err := s.rest(ctx, part, size)
		var broken *brokenError
		if err != nil && !errors.As(err, &broken) || breaks == maxBreaks {
			return err
		}
	}
	return nil
}

// brokenError: a connection broke, and another may hold.
type brokenError struct {
	at, size int64
	cause    error
}

func (e *brokenError) Error() string {
	return fmt.Sprintf("the registry broke off after %d of %d bytes: %v", e.at, e.size, e.cause)
}
func (e *brokenError) Unwrap() error { return e.cause }

// rest asks for what has not come (RFC 9110, 14 Range Requests; distribution-spec,
// Pulling blobs). A registry that knows no ranges gives all of it again.
func (s *source) rest(ctx context.Context, part *image.Partial, size int64) error {
	address := fmt.Sprintf("%s://%s/v2/%s/blobs/%s", s.repository.Scheme(), s.repository.RegistryStr(), s.repository.RepositoryStr(), part.Digest)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	if part.At() > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", part.At(), size-1))
	}
	answer, err := s.client.Do(request)
	var network *net.OpError
	if errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &brokenError{part.At(), size, err}
	}
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if err := transport.CheckError(answer, http.StatusOK, http.StatusPartialContent); err != nil {
		return err
	}
	begins := fmt.Sprintf("bytes %d-", part.At())
	if part.At() > 0 && (answer.StatusCode != http.StatusPartialContent || !strings.HasPrefix(answer.Header.Get("Content-Range"), begins)) {
		if answer.StatusCode == http.StatusPartialContent {
			return errors.New("the registry gives another part than it was asked for")
		}
		if err := part.Restart(); err != nil {
			return err
		}
	}
	return s.read(ctx, part, size, answer.Body)
}

// read takes in the bytes that a blob may yet have.
func (s *source) read(ctx context.Context, part *image.Partial, size int64, body io.Reader) error {
	buffer := make([]byte, 256<<10)
	for part.At() < size {
		n, err := body.Read(buffer[:min(int64(len(buffer)), size-part.At())])
		if _, err := part.Write(buffer[:n]); err != nil {
			return err
		}
		s.tell(Progress{part.Digest, Downloading, part.At(), size})
		if err == nil || part.At() == size {
			continue
		}
		var stalled *stalledError
		if ctx.Err() != nil || errors.As(err, &stalled) {
			return err
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return &brokenError{part.At(), size, err}
	}
	return nil
}

// tellComplete tells of the layers once the image is the store's, the bottom one first.
// Those that another process fetched meanwhile were only waited for.
func (s *source) tellComplete(layers []v1.Descriptor) {
	told := map[v1.Hash]bool{}
	for _, each := range layers {
		if s.fetched[each.Digest] && !told[each.Digest] {
			told[each.Digest] = true
			s.tell(Progress{each.Digest, PullComplete, each.Size, each.Size})
		}
	}
}
