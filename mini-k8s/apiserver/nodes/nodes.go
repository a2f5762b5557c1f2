// Package nodes is the API server's way to the kubelets: what a client wants from
// a pod, its log or a terminal, is passed on to the node that runs it, whatever
// protocol the two then speak.
//
//	err := nodes.New(identity).Pass(w, r, node, api.Location{Node: "n1", Path: "/exec/default/web/c"})
//
// The API server says who it is by a certificate, and the node proves that it is
// the one of that name.
package nodes

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/apiserver/answer"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// dialTime is how long a node may take to answer the call.
const dialTime = 10 * time.Second

// Way is how nodes are reached.
type Way struct{ identity *tls.Config }

// New returns a way for one who has a certificate, and knows who signs the nodes'.
func New(identity *tls.Config) *Way { return &Way{identity} }

// Pass sends a request to a node, and the answer back, until either side ends it.
func (w *Way) Pass(rw http.ResponseWriter, r *http.Request, node *api.Object, to api.Location) error {
	address, err := addressOf(node)
	if err != nil {
		return err
	}
	config := w.identity.Clone()
	config.ServerName = to.Node
	config.NextProtos = []string{"http/1.1"} // only that can be made a WebSocket of
	dialer := tls.Dialer{NetDialer: &net.Dialer{Timeout: dialTime}, Config: config}
	proxy := httputil.ReverseProxy{
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.Out.URL = &url.URL{Scheme: "https", Host: address, Path: to.Path, RawQuery: pr.In.URL.RawQuery}
			pr.Out.Host = address
		},
		Transport:     &http.Transport{DialTLSContext: dialer.DialContext, DisableKeepAlives: true},
		FlushInterval: -1, // at once: somebody follows a log
		ErrorHandler: func(rw http.ResponseWriter, _ *http.Request, err error) {
			answer.Error(rw, apierrors.NewInternalError(fmt.Errorf("error dialing backend: %w", err)))
		},
	}
	proxy.ServeHTTP(rw, r)
	return nil
}

// addressOf is where a node's kubelet serves.
func addressOf(node *api.Object) (string, error) {
	port := api.Int(node.Object, "status", "daemonEndpoints", "kubeletEndpoint", "Port")
	for _, each := range api.Maps(node.Object, "status", "addresses") {
		if api.String(each, "type") == "InternalIP" && port != 0 {
			return net.JoinHostPort(api.String(each, "address"), fmt.Sprint(port)), nil
		}
	}
	return "", apierrors.NewInternalError(errors.New("no address known of the kubelet on node " + node.GetName()))
}
