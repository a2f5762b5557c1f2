package probe

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"drydock/mini-k8s/kubelet/cri"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Target is what is asked: a container, and where its pod is reached.
type Target struct {
	Pod       string // its UID
	ID        string // of the container
	Sandbox   string
	Address   string // of the pod; empty: only its loopback is reached
	Container corev1.Container
}

// Checker asks containers how they are.
type Checker struct{ Runtime cri.Streams }

// Check asks once: the error says why a container is not well.
func (c Checker) Check(ctx context.Context, how corev1.ProbeHandler, t Target) error {
	switch {
	case how.Exec != nil:
		return c.exec(ctx, how.Exec.Command, t)
	case how.HTTPGet != nil:
		return c.get(ctx, how.HTTPGet, t)
	case how.TCPSocket != nil:
		port, err := portOf(how.TCPSocket.Port, t.Container)
		if err != nil {
			return err
		}
		connection, err := c.dial(ctx, t, how.TCPSocket.Host, port)
		if err != nil {
			return err
		}
		return connection.Close()
	}
	return errors.New("the probe has no handler that is supported: there are exec, httpGet and tcpSocket")
}

func (c Checker) exec(ctx context.Context, command []string, t Target) error {
	var said bytes.Buffer
	exit, err := c.Runtime.Exec(ctx, t.ID, command, cri.Terminal{Stdout: &bounded{to: &said}})
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("command timed out: %q", strings.Join(command, " "))
	case err != nil:
		return err
	case exit != 0:
		return errors.New(strings.TrimSpace(said.String()))
	}
	return nil
}

// get asks over HTTP. What is from 200 to 399 is well; redirections count for
// themselves.
func (c Checker) get(ctx context.Context, how *corev1.HTTPGetAction, t Target) error {
	port, err := portOf(how.Port, t.Container)
	if err != nil {
		return err
	}
	host := how.Host
	if host == "" {
		host = t.Address
	}
	where := url.URL{Scheme: strings.ToLower(string(how.Scheme)), Host: net.JoinHostPort(host, strconv.Itoa(int(port)))}
	where.Path, where.RawQuery, _ = strings.Cut(how.Path, "?")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, where.String(), nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "kube-probe/1.37")
	for _, each := range how.HTTPHeaders {
		if request.Header.Add(each.Name, each.Value); http.CanonicalHeaderKey(each.Name) == "Host" {
			request.Host = each.Value
		}
	}
	transport := &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // a pod's certificate is its own affair
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx, t, how.Host, port) },
	}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return &url.Error{Op: "Get", URL: where.String(), Err: err}
	}
	defer answer.Body.Close()
	if answer.StatusCode < 200 || answer.StatusCode >= 400 {
		return fmt.Errorf("HTTP probe failed with statuscode: %d", answer.StatusCode)
	}
	return nil
}

// dial connects to a pod; without a network, by way of its loopback.
func (c Checker) dial(ctx context.Context, t Target, host string, port uint16) (net.Conn, error) {
	if host == "" {
		host = t.Address
	}
	if host == "" {
		return c.Runtime.Dial(ctx, t.Sandbox, port)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(int(port))))
}

// portOf is a port by its number, or by the name that the container gives it.
func portOf(port intstr.IntOrString, c corev1.Container) (uint16, error) {
	if port.Type == intstr.Int {
		return uint16(port.IntVal), nil
	}
	for _, each := range c.Ports {
		if each.Name == port.StrVal {
			return uint16(each.ContainerPort), nil
		}
	}
	return 0, fmt.Errorf("couldn't find named port %q in container %s", port.StrVal, c.Name)
}

// bounded keeps the beginning of what is written.
type bounded struct{ to *bytes.Buffer }

func (b *bounded) Write(text []byte) (int, error) {
	const most = 1 << 10
	if room := most - b.to.Len(); room > 0 {
		b.to.Write(text[:min(room, len(text))])
	}
	return len(text), nil
}

var _ io.Writer = (*bounded)(nil)

// pause waits, or says that ctx has ended.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
