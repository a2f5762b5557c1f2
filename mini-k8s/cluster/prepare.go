package cluster

import (
	"fmt"
	"path/filepath"

	"drydock/mini-docker/network"
	"drydock/mini-k8s/pki"
)

// Where things are inside of the sandbox. What the engine's overlays lie on is the
// sandbox's folder for it.
const (
	pkiDir     = "/etc/mini-k8s"
	stateDir   = "/var/lib/mini-docker"
	program    = "/usr/local/bin/mini-k8s"
	bridgeName = "underlay"
	admin      = "kubernetes-admin"
)

// Prepare makes, inside, what the components need before they start: the bridge
// that connects the nodes, the authority, and for each component a certificate
// with the kubeconfig that holds it. It returns the kubeconfig for outside, where
// the API server is reached at another address.
func Prepare(outside string, nodes int) ([]byte, error) {
	_, err := network.NewBridge(network.BridgeSpec{Name: bridgeName, Address: underlay, MTU: 1500})
	if err != nil {
		return nil, err
	}
	if err := network.Forward(); err != nil { // between the nodes' subnets, for who has no route of its own
		return nil, err
	}
	authority, err := pki.Open(pkiDir)
	if err != nil {
		return nil, err
	}
	inside := pki.Cluster{Name: "mini-k8s", Server: fmt.Sprintf("https://%s:%d", underlay.Addr(), apiPort), Authority: authority.PEM}
	for file, subject := range subjects(nodes) {
		pair, err := authority.Issue(subject)
		if err != nil {
			return nil, err
		}
		if err := pki.WriteFile(filepath.Join(pkiDir, file), pki.Kubeconfig(inside, subject.Name, pair)); err != nil {
			return nil, err
		}
	}
	pair, err := authority.Issue(pki.Subject{Name: admin, Groups: []string{"system:masters"}})
	inside.Server = outside
	return pki.Kubeconfig(inside, admin, pair), err
}

// subjects are who asks the API server, by the file that says so, under the names
// that Kubernetes has for them. A kubelet serves as well.
func subjects(nodes int) map[string]pki.Subject {
	all := map[string]pki.Subject{
		"scheduler.conf":          {Name: "system:kube-scheduler"},
		"controller-manager.conf": {Name: "system:kube-controller-manager"},
		"proxy.conf":              {Name: "system:kube-proxy"},
		"dns.conf":                {Name: "system:serviceaccount:kube-system:dns"},
	}
	for _, n := range nodesOf(nodes) {
		all["kubelet-"+n.Name+".conf"] = pki.Subject{
			Name: "system:node:" + n.Name, Groups: []string{"system:nodes"}, Hosts: []string{n.Name, n.Address.String()},
		}
	}
	return all
}

// component is a process of the cluster and how it is started.
type component struct {
	name string
	args []string
}

// apiserver is the component that all others need.
func apiserver() component {
	return component{"apiserver", []string{
		program, "apiserver", "--data-dir", stateDir + "/apiserver", "--cert-dir", pkiDir,
		"--bind-address", underlay.Addr().String(), "--secure-port", fmt.Sprint(apiPort),
	}}
}

// others are the components beside the API server.
func others(nodes int) []component {
	config := func(name string) []string { return []string{"--kubeconfig", filepath.Join(pkiDir, name+".conf")} }
	all := []component{
		{"scheduler", append([]string{program, "scheduler"}, config("scheduler")...)},
		{"controller-manager", append([]string{program, "controller-manager"}, config("controller-manager")...)},
		{"dns", append([]string{program, "dns", "--bind-address", underlay.Addr().String(),
			"--cluster-ip", clusterDNS, "--cluster-domain", clusterDomain}, config("dns")...)},
	}
	for _, n := range nodesOf(nodes) {
		all = append(all, component{n.Name, []string{
			program, "node", "--name", n.Name, "--address", n.Address.String(), "--pod-cidr", n.Pods.String(),
		}})
	}
	return all
}

// services are what runs on a node.
func (n Node) services() []component {
	return []component{
		{"kubelet", []string{
			program, "kubelet", "--kubeconfig", filepath.Join(pkiDir, "kubelet-"+n.Name+".conf"),
			"--node-name", n.Name, "--node-ip", n.Address.String(), "--pod-cidr", n.Pods.String(),
			"--cluster-dns", clusterDNS, "--cluster-domain", clusterDomain, "--root-dir", n.state(),
		}},
		{"proxy", []string{
			program, "proxy", "--kubeconfig", filepath.Join(pkiDir, "proxy.conf"),
			"--cluster-cidr", pods.String(),
		}},
	}
}

// state is the folder of a node's pods, images and addresses.
func (n Node) state() string { return filepath.Join(stateDir, n.Name) }
