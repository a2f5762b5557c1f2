package identity_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"drydock/mini-k8s/apiserver/identity"
	"drydock/mini-k8s/pki"
)

func TestAClientIsWhoItsCertificateSays(t *testing.T) {
	authority, err := pki.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(identity.ByCertificate(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, known := identity.UserOf(r.Context())
		fmt.Fprint(w, user.Name, user.Groups, known)
	})))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t, authority, pki.Subject{Name: "server", Hosts: []string{"127.0.0.1"}})},
		ClientCAs: authority.Pool(), ClientAuth: tls.VerifyClientCertIfGiven}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // one client is a stranger
	server.StartTLS()
	defer server.Close()
	get := func(path string, by ...tls.Certificate) (int, string, error) {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authority.Pool(), Certificates: by}}}
		defer client.CloseIdleConnections()
		response, err := client.Get(server.URL + path)
		if err != nil {
			return 0, "", err
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		return response.StatusCode, string(text), err
	}
	node := certificate(t, authority, pki.Subject{Name: "system:node:one", Groups: []string{"system:nodes"}})
	if _, got, err := get("/api", node); err != nil || got != "system:node:one[system:nodes system:authenticated] true" {
		t.Errorf("a node: got %q, %v", got, err)
	}
	if code, got, err := get("/api"); err != nil || code != http.StatusUnauthorized || !strings.Contains(got, `"message":"Unauthorized"`) {
		t.Errorf("nobody: got %d %q, %v", code, got, err)
	}
	if code, _, err := get("/readyz"); err != nil || code != http.StatusOK {
		t.Errorf("nobody asks for /readyz: got %d, %v", code, err)
	}
	other, err := pki.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if code, _, err := get("/api", certificate(t, other, pki.Subject{Name: "system:admin", Groups: []string{"system:masters"}})); err == nil && code != http.StatusUnauthorized {
		t.Errorf("a certificate of another authority: got %d", code)
	}
}

func certificate(t *testing.T, authority *pki.Authority, subject pki.Subject) tls.Certificate {
	t.Helper()
	pair, err := authority.Issue(subject)
	if err != nil {
		t.Fatal(err)
	}
	c, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
