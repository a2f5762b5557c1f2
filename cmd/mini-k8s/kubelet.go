package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/cni"
	"drydock/mini-k8s/kubelet"
	"drydock/mini-k8s/kubelet/minidocker"
	"drydock/mini-k8s/kubelet/podspec"
	"drydock/mini-k8s/kubelet/server"
	"drydock/mini-k8s/observe"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// kubeletFlags are those of mini-k8s kubelet, named as Kubernetes' where it has
// them.
type kubeletFlags struct {
	kubeconfig    string
	nodeName      string
	nodeIP        string
	nodeLabels    map[string]string
	root          string
	engineRoot    string
	port          uint16
	podCIDR       string
	clusterCIDR   string
	clusterDNS    []string
	clusterDomain string
	maxPods       int
	leaseInterval time.Duration
}

func kubeletCommand() *cobra.Command {
	flags := &kubeletFlags{}
	cmd := &cobra.Command{
		Use:   "kubelet --kubeconfig FILE --node-name NAME --root-dir FOLDER",
		Short: "Run the pods of a node",
		Long: "Run the pods of a node.\n\nPods outlive the kubelet: one that starts finds those that run, and leaves them running.\n" +
			"It serves with the certificate of its kubeconfig, which must be good for the node's name, and lets the API server in.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.kubeconfig, "kubeconfig", "", "How to reach the API server, and as whom")
	f.StringVar(&flags.nodeName, "node-name", "", "Name of the node (default: the machine's)")
	f.StringVar(&flags.nodeIP, "node-ip", "127.0.0.1", "Address of the node, at which the kubelet serves")
	f.StringToStringVar(&flags.nodeLabels, "node-labels", nil, "Labels to add to the node (NAME=VALUE, …)")
	f.StringVar(&flags.root, "root-dir", "", "Folder of the pods' volumes")
	f.StringVar(&flags.engineRoot, "container-root", "", "Root folder of mini-docker, with images and containers (default: engine in --root-dir)")
	f.Uint16Var(&flags.port, "port", 10250, "Port to serve at (0: any)")
	f.StringVar(&flags.podCIDR, "pod-cidr", "", "Addresses of the node's pods (default: pods have a loopback interface only)")
	f.StringVar(&flags.clusterCIDR, "cluster-cidr", "10.244.0.0/16", "Addresses of all pods: what leaves for others comes from the node")
	f.StringSliceVar(&flags.clusterDNS, "cluster-dns", nil, "Addresses of the cluster's name servers (default: pods ask those of the node)")
	f.StringVar(&flags.clusterDomain, "cluster-domain", "cluster.local", "Domain of the cluster's names")
	f.IntVar(&flags.maxPods, "max-pods", 110, "How many pods the node takes")
	f.DurationVar(&flags.leaseInterval, "node-lease-interval", 10*time.Second, "How often the node says that it lives")
	for _, name := range []string{"kubeconfig", "root-dir"} {
		_ = cmd.MarkFlagRequired(name) // fails for an unknown flag only
	}
	return cmd
}

// run serves until ctx ends; the pods go on.
func (f *kubeletFlags) run(ctx context.Context) error {
	config, err := f.config()
	if err != nil {
		return err
	}
	if config.Client, err = client.Load(f.kubeconfig); err != nil {
		return err
	}
	config.Client = config.Client.As("kubelet")
	if config.Runtime, err = minidocker.Open(f.engineRoot, os.Geteuid() == 0); err != nil {
		return err
	}
	network, err := f.network(&config)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", netip.AddrPortFrom(config.Address, f.port).String())
	if err != nil {
		return fmt.Errorf("serving: %w", err)
	}
	config.Port = listener.Addr().(*net.TCPAddr).AddrPort().Port()
	identity, err := client.Identity(f.kubeconfig)
	if err == nil && (identity == nil || len(identity.Certificates) == 0) {
		err = fmt.Errorf("reading kubeconfig %s: the kubelet serves with its user's certificate, and there is none", f.kubeconfig)
	}
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	k := kubelet.New(config)
	handler := server.New(server.Config{Pods: k, Runtime: config.Runtime, Metrics: config.Metrics})
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return k.Run(ctx) })
	if network != nil {
		group.Go(func() error { network.Route(ctx, config.Client); return nil })
	}
	group.Go(func() error { return serve(ctx, tls.NewListener(listener, server.TLS(identity)), handler) })
	return group.Wait()
}

// network is that of the node's pods; nil where they are to have none.
func (f *kubeletFlags) network(config *kubelet.Config) (*cni.Network, error) {
	if f.podCIDR == "" {
		return nil, nil
	}
	pods, err := netip.ParsePrefix(f.podCIDR)
	if err != nil {
		return nil, fmt.Errorf("--pod-cidr: %w", err)
	}
	cluster, err := netip.ParsePrefix(f.clusterCIDR)
	if err != nil {
		return nil, fmt.Errorf("--cluster-cidr: %w", err)
	}
	network, err := cni.Open(cni.Config{Dir: filepath.Join(config.Dir, "addresses"), Node: config.Address, Pods: pods, Cluster: cluster})
	if err != nil {
		return nil, err
	}
	config.Network, config.PodCIDR = network, pods.String()
	return network, nil
}

// config reads the flags.
func (f *kubeletFlags) config() (config kubelet.Config, err error) {
	if f.nodeName == "" {
		if f.nodeName, err = os.Hostname(); err != nil {
			return config, fmt.Errorf("--node-name: %w", err)
		}
	}
	address, err := netip.ParseAddr(f.nodeIP)
	if err != nil {
		return config, fmt.Errorf("--node-ip: %w", err)
	}
	for _, each := range f.clusterDNS {
		if _, err := netip.ParseAddr(each); err != nil {
			return config, fmt.Errorf("--cluster-dns: %w", err)
		}
	}
	if f.leaseInterval < time.Second || f.maxPods < 1 {
		return config, errors.New("--node-lease-interval must be a second at least, and --max-pods 1")
	}
	root, err := filepath.Abs(f.root)
	if err != nil {
		return config, fmt.Errorf("--root-dir: %w", err)
	}
	if f.engineRoot == "" {
		f.engineRoot = filepath.Join(root, "engine")
	}
	return kubelet.Config{
		NodeName: f.nodeName, Dir: root, Address: address, Labels: f.nodeLabels, MaxPods: f.maxPods, LeaseInterval: f.leaseInterval, Metrics: observe.New(),
		Cluster: podspec.Cluster{DNS: f.clusterDNS, Domain: f.clusterDomain},
	}, nil
}
