package remote

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
// shown to a registry that wants to know who comes.
func trust(registry string) (*tls.Config, error) {
	config := &tls.Config{}
	for _, folder := range certificateFolders(registry) {
		entries, _ := os.ReadDir(folder) // most registries need none
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
