package remote

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"drydock/mini-docker/image"
	"drydock/mini-docker/layer"
)

// patience is how long a registry may send nothing in the middle of an answer.
const patience = 30 * time.Second

// options are what all requests of a push have in common. Who may do what is taken
// from Docker's own file, ~/.docker/config.json.
func options(ctx context.Context, registry string) ([]remote.Option, error) {
	way, err := newTransport(registry, patience)
	if err != nil {
		return nil, err
	}
	return []remote.Option{
		remote.WithContext(ctx),
		remote.WithTransport(way),
		remote.WithAuthFromKeychain(authn.DefaultKeychain),
		remote.WithUserAgent(userAgent),
		remote.WithRetryBackoff(backoff),
	}, nil
}

const userAgent = "mini-docker"

// backoff is for answers that say that another time may do.
var backoff = remote.Backoff{Duration: 200 * time.Millisecond, Factor: 3, Steps: 3}

// connect is the way to a repository for whoever pulls from it, with a name and a
// password or a token where the registry asks for them.
func connect(ctx context.Context, repository name.Repository, patience time.Duration) (http.RoundTripper, error) {
	way, err := newTransport(repository.RegistryStr(), patience)
	if err != nil {
		return nil, err
	}
	who, err := authn.Resolve(ctx, authn.DefaultKeychain, repository)
	if err != nil {
		return nil, err
	}
	way = transport.NewRetry(transport.NewUserAgent(way, userAgent), transport.WithRetryBackoff(backoff),
		transport.WithRetryStatusCodes(http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
			http.StatusServiceUnavailable, http.StatusGatewayTimeout))
	return transport.NewWithContext(ctx, repository.Registry, who, way, []string{repository.Scope(transport.PullScope)})
}

// newTransport is how requests to a registry go out. The address of a proxy is taken from the
// environment: HTTPS_PROXY, HTTP_PROXY, NO_PROXY.
func newTransport(registry string, patience time.Duration) (http.RoundTripper, error) {
	trusted, err := trust(registry)
	if err != nil {
		return nil, err
	}
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.DialContext = (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	base.ResponseHeaderTimeout = time.Minute
	base.TLSClientConfig = trusted
	return plainOnlyAtHome{bounded{withOwnPair(registry, base), patience}}, nil
}

// plainOnlyAtHome refuses unencrypted requests to any machine but this one, as
// Docker does. The library would allow them to private networks too.
type plainOnlyAtHome struct{ base http.RoundTripper }

func (p plainOnlyAtHome) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "http" && !isLoopback(r.URL.Hostname()) {
		return nil, fmt.Errorf("%s speaks plain HTTP, which is for registries on this machine alone", r.URL.Host)
	}
	return p.base.RoundTrip(r)
}

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// bounded holds answers to what an honest registry sends: something every now and
// then, and no documents without end. Blobs have the size that a manifest says,
// which is for whoever reads them to hold them to.
type bounded struct {
	base     http.RoundTripper
	patience time.Duration
}

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	sent, err := whole(r.WithContext(ctx))
	if err != nil {
		cancel(nil)
		return nil, err
	}
	answer, err := b.base.RoundTrip(sent)
	if err != nil {
		cancel(nil)
		return nil, err
	}
	body := &body{ReadCloser: answer.Body, ctx: ctx, cancel: cancel, patience: b.patience, left: image.MaxDocument}
	if strings.Contains(r.URL.Path, "/blobs/") {
		body.left = layer.DefaultMaxBytes
	}
	body.timer = time.AfterFunc(b.patience, func() { cancel(&stalledError{b.patience}) })
	body.timer.Stop()
	answer.Body = body
	return answer, nil
}

// whole gives a request that is sent again, with a new token, what it brings from its
// beginning: the library sends what is left of it, which is nothing.
func whole(r *http.Request) (*http.Request, error) {
	if r.GetBody == nil || r.Body == nil {
		return r, nil
	}
	fresh, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	r.Body.Close() // the caller's is this one's too
	r.Body = fresh
	return r, nil
}

// body is that of an answer. Its timer runs while it is read and at no other time:
// a slow disk is not the registry's fault.
type body struct {
	io.ReadCloser
	ctx      context.Context
	cancel   context.CancelCauseFunc
	timer    *time.Timer
	patience time.Duration
	left     int64 // bytes that it may yet have
}

func (b *body) Read(p []byte) (int, error) {
	b.timer.Reset(b.patience)
	n, err := b.ReadCloser.Read(p)
	b.timer.Stop()
	if b.left -= int64(n); b.left < 0 {
		return n, &layer.LimitError{What: "bytes in an answer of the registry", Limit: image.MaxDocument}
	}
	if stalled, ok := context.Cause(b.ctx).(*stalledError); ok && err != nil {
		err = stalled
	}
	return n, err
}

func (b *body) Close() error {
	b.timer.Stop()
	b.cancel(nil)
	return b.ReadCloser.Close()
}

// stalledError: the registry has begun an answer and does not go on.
type stalledError struct{ patience time.Duration }

func (e *stalledError) Error() string {
	return fmt.Sprintf("it stopped in the middle of an answer, and sent nothing for %v", e.patience)
}
