package remote

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// pair makes a certificate that is signed by itself, for clients and for servers on
// this machine.
func pair(t *testing.T) (certificate, secret []byte) {
	t.Helper()
	return pairUntil(t, time.Now().Add(time.Hour))
}

func pairUntil(t *testing.T, end time.Time) (certificate, secret []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test"}, NotAfter: end,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	if certificate, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key); err != nil {
		t.Fatal(err)
	}
	if secret, err = x509.MarshalECPrivateKey(key); err != nil {
		t.Fatal(err)
	}
	inPEM := func(kind string, content []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
	}
	return inPEM("CERTIFICATE", certificate), inPEM("EC PRIVATE KEY", secret)
}

// asking starts a server that asks its clients for a certificate and counts those
// who show one, and those who do not.
func asking(t *testing.T, own tls.Certificate, serve http.HandlerFunc) (url string, shown, hidden *atomic.Int32) {
	t.Helper()
	shown, hidden = new(atomic.Int32), new(atomic.Int32)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) > 0 {
			shown.Add(1)
		} else {
			hidden.Add(1)
		}
		serve(w, r)
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, Certificates: []tls.Certificate{own}}
	server.StartTLS()
	t.Cleanup(server.Close)
	// By its name: the library goes to no token server at an address of this machine.
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1), shown, hidden
}

// Whether the clock or the certificate is wrong nobody can say here: both are told.
func TestACertificateOfAnotherTimeIsBlamedOnTheClock(t *testing.T) {
	certificate, secret := pairUntil(t, time.Date(2001, 2, 3, 0, 0, 0, 0, time.UTC))
	own, err := tls.X509KeyPair(certificate, secret)
	if err != nil {
		t.Fatal(err)
	}
	url, _, _ := asking(t, own, func(http.ResponseWriter, *http.Request) {})
	at := strings.TrimPrefix(url, "https://")
	_, err = Pull(t.Context(), newStore(t), parse(t, at+"/x:1"), PullOptions{})
	failsWith(t, "an old certificate", err, "registry "+at+" shows a certificate for 0001-01-01 to 2001-02-03, and this machine's clock says "+
		time.Now().Format("2006-01-02")+": set the clock")
}

// Who gives a registry's tokens, and who has its blobs, is whom the registry names.
func TestTheClientsCertificateIsForTheRegistryAlone(t *testing.T) {
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	certificate, secret := pair(t)
	own, err := tls.X509KeyPair(certificate, secret)
	if err != nil {
		t.Fatal(err)
	}
	tokens, toTokens, notToTokens := asking(t, own, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"token": "t"}`) })
	images := open(t, t.TempDir())
	blobs, toBlobs, notToBlobs := asking(t, own, images.ServeHTTP)
	registry, toRegistry, notToRegistry := asking(t, own, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") == "":
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm=%q,service="x"`, tokens))
			w.WriteHeader(http.StatusUnauthorized)
		case r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/"):
			http.Redirect(w, r, blobs+r.URL.Path, http.StatusTemporaryRedirect)
		default:
			images.ServeHTTP(w, r)
		}
	})
	at := strings.TrimPrefix(registry, "https://")
	folder := filepath.Join(config, "docker/certs.d", at)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	clients, key := pair(t)
	for name, text := range map[string][]byte{"ca.crt": certificate, "me.cert": clients, "me.key": key} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	from, n := newStore(t), parse(t, at+"/x:1")
	imported(t, from, n, v1.Platform{})
	if _, err := Push(t.Context(), from, n, silent); err != nil {
		t.Fatal(err)
	}
	if _, err := Pull(t.Context(), newStore(t), n, PullOptions{}); err != nil {
		t.Fatal(err)
	}
	if toRegistry.Load() == 0 || notToRegistry.Load() > 0 {
		t.Errorf("the registry was shown the certificate %d times, and not %d times", toRegistry.Load(), notToRegistry.Load())
	}
	if toTokens.Load() > 0 || toBlobs.Load() > 0 || notToTokens.Load() == 0 || notToBlobs.Load() == 0 {
		t.Errorf("others were shown it: who gives tokens %d times of %d, who has the blobs %d of %d",
			toTokens.Load(), toTokens.Load()+notToTokens.Load(), toBlobs.Load(), toBlobs.Load()+notToBlobs.Load())
	}
}

func TestOneRegistryHasManyAddresses(t *testing.T) {
	for registry, addresses := range map[string]map[string]bool{
		"docker.io":        {"https://index.docker.io/v2/": true, "https://index.docker.io:443/": true, "https://auth.docker.io/token": false, "http://index.docker.io/": false},
		"example.com:5000": {"https://EXAMPLE.com:5000/v2/": true, "https://example.com/v2/": false, "https://example.com.evil.org:5000/": false},
		"[::1]:5000":       {"https://[::1]:5000/v2/": true, "https://[::2]:5000/": false},
	} {
		way := http.DefaultTransport.(*http.Transport).Clone()
		way.TLSClientConfig = &tls.Config{Certificates: []tls.Certificate{{}}}
		pair := withOwnPair(registry, way).(ownPair)
		var went string
		pair.own = tripper(func() { went = "own" })
		pair.others = tripper(func() { went = "others" })
		for address, isOwn := range addresses {
			pair.RoundTrip(httptest.NewRequest(http.MethodGet, address, nil))
			if (went == "own") != isOwn {
				t.Errorf("%s of registry %s goes to %s", address, registry, went)
			}
		}
	}
}

type tripper func()

func (f tripper) RoundTrip(*http.Request) (*http.Response, error) { f(); return nil, nil }

// A folder that cannot be read may hold the authority without which the registry is
// not believed: that it is not trusted would be the wrong thing to say.
func TestAFolderOfCertificatesThatCannotBeReadIsNamed(t *testing.T) {
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	if err := os.WriteFile(filepath.Join(config, "docker"), nil, 0o600); err != nil { // no folder, also for root
		t.Fatal(err)
	}
	n := parse(t, "localhost:1/x:1")
	_, err := Pull(t.Context(), newStore(t), n, PullOptions{})
	failsWith(t, "a folder that is none", err, filepath.Join(config, "docker/certs.d/localhost:1")+": not a directory")
}
