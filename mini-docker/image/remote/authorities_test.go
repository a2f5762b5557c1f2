package remote

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func TestACertificateThatNobodySignedNeedsItsAuthority(t *testing.T) {
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	server := httptest.NewTLSServer(open(t, t.TempDir()))
	t.Cleanup(server.Close)
	at := strings.TrimPrefix(server.URL, "https://")
	from, n := newStore(t), parse(t, at+"/x:1")
	imported(t, from, n, v1.Platform{})
	_, err := Push(t.Context(), from, n, silent)
	failsWith(t, "an unknown authority", err, "registry "+at+" is not trusted: x509: certificate signed by unknown authority")

	folder := filepath.Join(config, "docker/certs.d", at)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(text []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, "ca.crt"), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write([]byte("nothing"))
	_, err = Push(t.Context(), from, n, silent)
	failsWith(t, "a damaged authority", err, "ca.crt: it holds no certificate in PEM")
	write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	if _, err := Push(t.Context(), from, n, silent); err != nil {
		t.Error(err)
	}
}

// A registry that knows who comes by their certificate, as mini-docker registry does
// not: Docker's files of a pair are shown to it.
func TestACertificateIsShownToARegistryThatAsksForOne(t *testing.T) {
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	server := httptest.NewUnstartedServer(open(t, t.TempDir()))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	at := strings.TrimPrefix(server.URL, "https://")
	folder := filepath.Join(config, "docker/certs.d", at)
	key, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	put := func(name string, text []byte) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(folder, 0o755), os.WriteFile(filepath.Join(folder, name), text, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	put("ca.crt", certificate)
	from, n := newStore(t), parse(t, at+"/x:1")
	imported(t, from, n, v1.Platform{})
	if _, err := Push(t.Context(), from, n, silent); err == nil {
		t.Error("the registry let in who showed no certificate")
	}
	put("client.cert", certificate)
	_, err = Push(t.Context(), from, n, silent)
	failsWith(t, "a certificate without its key", err, "client.cert: open "+filepath.Join(folder, "client.key"))
	put("client.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	if _, err := Push(t.Context(), from, n, silent); err != nil {
		t.Error(err)
	}
	if _, err := Pull(t.Context(), newStore(t), n, PullOptions{}); err != nil {
		t.Error(err)
	}
}
