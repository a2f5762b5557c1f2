// Package client is how a component speaks with the API server: typed calls,
// watches, a cache that follows all objects of a kind, and a queue of work. It
// is what client-go is to Kubernetes, in a size that can be read.
//
//	c, err := client.Load(kubeconfig)
//	pods := client.Cached[corev1.Pod](c, client.Selector{})
//	queue := client.NewQueue[client.Key]()
//	pods.OnChange(func(_, now *corev1.Pod) { … queue.Add(client.KeyOf(now)) })
//	go pods.Run(ctx)
//	queue.Run(ctx, workers, reconcile)
//
// Every component is this shape: what it knows comes by watches, what it does
// are calls, and between them stands a function that brings one object to what
// it should be. Errors are those of the API (IsNotFound, IsConflict …). It is
// not for streams into pods (exec, logs): Do gives the bare answer.
package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/api/kinds"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// callTime is how long a call may take that is not a stream.
const callTime = 30 * time.Second

// Client speaks with one API server as one user.
type Client struct {
	Server    string // https://ADDRESS:PORT
	Namespace string // the kubeconfig's, where it names one
	Authority []byte // by which the server is known, in PEM
	Kinds     *api.Table
	http      *http.Client
	tls       *tls.Config // nil where the server has no TLS
	agent     string
}

// Load returns the client that a kubeconfig describes.
func Load(file string) (*Client, error) {
	found, err := readKubeconfig(file)
	if err != nil {
		return nil, err
	}
	c := New(found.server, &http.Transport{
		TLSClientConfig: found.tls, ForceAttemptHTTP2: true,
		// A server that has vanished without a word is noticed.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second},
	})
	c.Namespace, c.Authority, c.tls = found.namespace, found.authority, found.tls
	return c, nil
}

// New returns a client of a server that a transport leads to.
func New(server string, transport http.RoundTripper) *Client {
	return &Client{
		Server: strings.TrimSuffix(server, "/"), Kinds: api.NewTable(kinds.All()...),
		http: &http.Client{Transport: transport}, agent: filepath.Base(os.Args[0]),
	}
}

// As returns the same client under the name of a component, to which the fields
// that it writes belong (metadata.managedFields).
func (c *Client) As(component string) *Client {
	named := *c
	named.agent = component
	return &named
}

// Request is what is asked of the server.
type Request struct {
	Method, Path string
	Query        url.Values
	Header       http.Header
	Body         []byte
}

// Do sends a request and returns the answer, whose body the caller closes. An
// answer of 400 and above is an error, of the kind that IsNotFound and its
// siblings tell apart.
func (c *Client) Do(ctx context.Context, r Request) (*http.Response, error) {
	target := c.Server + r.Path
	if len(r.Query) > 0 {
		target += "?" + r.Query.Encode()
	}
	sent, err := http.NewRequestWithContext(ctx, r.Method, target, bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	if r.Header != nil {
		sent.Header = r.Header.Clone()
	}
	sent.Header.Set("User-Agent", c.agent)
	if sent.Header.Get("Content-Type") == "" && len(r.Body) > 0 {
		sent.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.http.Do(sent)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode < http.StatusBadRequest {
		return answer, nil
	}
	defer answer.Body.Close()
	return nil, refusal(answer)
}

// refusal is the error that an answer holds: the server's Status, or what can
// be said without one.
func refusal(answer *http.Response) error {
	const most = 1 << 20
	text, _ := io.ReadAll(io.LimitReader(answer.Body, most)) // what came before an error says more than it
	status := metav1.Status{}
	if json.Unmarshal(text, &status) == nil && status.Kind == "Status" {
		return &apierrors.StatusError{ErrStatus: status}
	}
	status = metav1.Status{Status: metav1.StatusFailure, Code: int32(answer.StatusCode)}
	status.Message = fmt.Sprintf("the server answered %s: %s", answer.Status, bytes.TrimSpace(text))
	return &apierrors.StatusError{ErrStatus: status}
}

// call sends a request that is answered in one piece and decodes the answer.
func (c *Client) call(ctx context.Context, r Request, into any) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	answer, err := c.Do(ctx, r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		return fmt.Errorf("reading answer of %s %s: %w", r.Method, r.Path, err)
	}
	return nil
}

// Path is where the objects of a kind are: of one namespace, or of all when that
// is empty; of one name, or all; and what is below that.
func Path(k *api.Kind, namespace, name string, below ...string) string {
	path := "/apis/" + k.Group + "/" + k.Version
	if k.Group == "" {
		path = "/api/" + k.Version
	}
	if k.Namespaced && namespace != "" {
		path += "/namespaces/" + url.PathEscape(namespace)
	}
	path += "/" + k.Plural
	if name != "" {
		path += "/" + url.PathEscape(name)
	}
	for _, each := range below {
		path += "/" + each
	}
	return path
}
