package pki

import (
	"encoding/base64"
	"fmt"
)

// Cluster is where a cluster is and how one knows it.
type Cluster struct {
	Name      string
	Server    string // https://ADDRESS:PORT
	Authority []byte // PEM
}

// Kubeconfig returns the file with which a client finds a cluster and says who
// it is, as kubectl and client-go read it.
func Kubeconfig(c Cluster, user string, pair Pair) []byte {
	text := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters:
- name: %[1]s
  cluster:
    server: %[2]s
    certificate-authority-data: %[3]s
users:
- name: %[4]s
  user:
    client-certificate-data: %[5]s
    client-key-data: %[6]s
contexts:
- name: %[4]s@%[1]s
  context:
    cluster: %[1]s
    user: %[4]s
current-context: %[4]s@%[1]s
`, c.Name, c.Server, text(c.Authority), user, text(pair.Certificate), text(pair.Key))
}
