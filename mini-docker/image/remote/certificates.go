package remote

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"drydock/mini-docker/image"
)

// certificateFolders are where Docker looks for what belongs to a registry: of the
// machine, and of a person who runs it without root.
func certificateFolders(registry string) []string {
	folders := []string{filepath.Join("/etc/docker/certs.d", registry)}
	if dir, err := os.UserConfigDir(); err == nil {
		folders = append(folders, filepath.Join(dir, "docker/certs.d", registry))
	}
	return folders
}

// trust is whom connections to a registry believe: the authorities of the system,
// and those in files NAME.crt of its folders. A pair NAME.cert and NAME.key there is
// shown to a registry that wants to know who comes, and to nobody else: see ownPair.
func trust(registry string) (*tls.Config, error) {
	config := &tls.Config{}
	for _, folder := range certificateFolders(registry) {
		entries, err := os.ReadDir(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // most registries need none
			return nil, fmt.Errorf("certificates of registry %s: %w", registry, err)
		}
		for _, entry := range entries {
			path := filepath.Join(folder, entry.Name())
			var err error
			switch filepath.Ext(path) {
			case ".crt":
				err = addAuthority(config, path)
			case ".cert":
				var pair tls.Certificate
				pair, err = tls.LoadX509KeyPair(path, strings.TrimSuffix(path, ".cert")+".key")
				config.Certificates = append(config.Certificates, pair)
			}
			if err != nil {
				return nil, fmt.Errorf("certificate %s: %w", path, err)
			}
		}
	}
	return config, nil
}

func addAuthority(config *tls.Config, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if config.RootCAs == nil {
		if config.RootCAs, err = x509.SystemCertPool(); err != nil {
			return err
		}
	}
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return fmt.Errorf("it holds no certificate in PEM")
	}
	return nil
}

// ownPair sends requests to the registry itself by one way, on which certificates of
// the client are shown, and all others by another: a registry names the server that
// gives tokens, and that which has its blobs, and either may be anybody's.
type ownPair struct {
	registry    string
	own, others http.RoundTripper
}

// withOwnPair splits a way if there is a certificate to be kept from others.
func withOwnPair(registry string, way *http.Transport) http.RoundTripper {
	if len(way.TLSClientConfig.Certificates) == 0 {
		return way
	}
	others := way.Clone()
	others.TLSClientConfig.Certificates = nil
	if registry == image.DefaultRegistry {
		registry = name.DefaultRegistry // what requests go to
	}
	return ownPair{hostAndPort(&url.URL{Scheme: "https", Host: registry}), way, others}
}

func (o ownPair) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" && hostAndPort(r.URL) == o.registry {
		return o.own.RoundTrip(r)
	}
	return o.others.RoundTrip(r)
}

// hostAndPort is whom an address leads to, always with the port.
func hostAndPort(u *url.URL) string {
	return strings.ToLower(u.Hostname()) + ":" + cmp.Or(u.Port(), "443")
}
