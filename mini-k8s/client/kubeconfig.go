package client

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// kubeconfig is the file that says where a cluster is and who asks, as kubectl
// reads it: clusters, users, and contexts that join one of each
// (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/).
type kubeconfig struct {
	CurrentContext string `json:"current-context"`
	Contexts       []struct {
		Name    string `json:"name"`
		Context struct {
			Cluster   string `json:"cluster"`
			User      string `json:"user"`
			Namespace string `json:"namespace"`
		} `json:"context"`
	} `json:"contexts"`
	Clusters []struct {
		Name    string `json:"name"`
		Cluster struct {
			Server        string `json:"server"`
			Authority     string `json:"certificate-authority"`
			AuthorityData string `json:"certificate-authority-data"`
		} `json:"cluster"`
	} `json:"clusters"`
	Users []struct {
		Name string `json:"name"`
		User struct {
			Certificate     string `json:"client-certificate"`
			CertificateData string `json:"client-certificate-data"`
			Key             string `json:"client-key"`
			KeyData         string `json:"client-key-data"`
		} `json:"user"`
	} `json:"users"`
}

// access is what the current context of a kubeconfig comes down to.
type access struct {
	server, namespace string
	authority         []byte // PEM
	tls               *tls.Config
}

// Identity returns by whom a kubeconfig has one known, and the authority of the
// cluster: who has a certificate may serve with it too. It is nil where there is no
// TLS.
func Identity(file string) (*tls.Config, error) {
	found, err := readKubeconfig(file)
	if err != nil {
		return nil, err
	}
	return found.tls, nil
}

// readKubeconfig reads the current context of a file.
func readKubeconfig(file string) (*access, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no cluster here: `mini-k8s up` makes one (%w)", err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading kubeconfig: %w", err)
	}
	config := &kubeconfig{}
	if err := yaml.Unmarshal(text, config); err != nil {
		return nil, fmt.Errorf("reading kubeconfig %s: %w", file, err)
	}
	found, err := config.current(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("reading kubeconfig %s: %w", file, err)
	}
	return found, nil
}

// current puts cluster and user of the current context together. Names of files
// count from the folder of the kubeconfig.
func (k *kubeconfig) current(folder string) (*access, error) {
	var cluster, user string
	found := &access{tls: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}}
	for _, c := range k.Contexts {
		if c.Name == k.CurrentContext {
			cluster, user, found.namespace = c.Context.Cluster, c.Context.User, c.Context.Namespace
		}
	}
	for _, c := range k.Clusters {
		if c.Name != cluster {
			continue
		}
		found.server = c.Cluster.Server
		var err error
		if found.authority, err = either(c.Cluster.AuthorityData, folder, c.Cluster.Authority); err != nil {
			return nil, err
		}
		if found.authority != nil && !found.tls.RootCAs.AppendCertsFromPEM(found.authority) {
			return nil, fmt.Errorf("certificate-authority of cluster %q holds no certificate", cluster)
		}
	}
	if found.server == "" {
		return nil, fmt.Errorf("no cluster for context %q", k.CurrentContext)
	}
	for _, u := range k.Users {
		if u.Name != user {
			continue
		}
		certificate, err := either(u.User.CertificateData, folder, u.User.Certificate)
		if err != nil || certificate == nil {
			return found, err
		}
		key, err := either(u.User.KeyData, folder, u.User.Key)
		if err != nil {
			return nil, err
		}
		pair, err := tls.X509KeyPair(certificate, key)
		if err != nil {
			return nil, fmt.Errorf("certificate of user %q: %w", user, err)
		}
		found.tls.Certificates = []tls.Certificate{pair}
	}
	return found, nil
}

// either returns what stands in the file itself, else what a file holds.
func either(data, folder, file string) ([]byte, error) {
	switch {
	case data != "":
		return base64.StdEncoding.DecodeString(data)
	case file == "":
		return nil, nil
	case !filepath.IsAbs(file):
		file = filepath.Join(folder, file)
	}
	return os.ReadFile(file)
}
