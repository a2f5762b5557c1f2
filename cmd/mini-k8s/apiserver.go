package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/api/kinds"
	"drydock/mini-k8s/api/schema"
	"drydock/mini-k8s/apiserver"
	"drydock/mini-k8s/apiserver/identity"
	"drydock/mini-k8s/apiserver/nodes"
	"drydock/mini-k8s/pki"
	"drydock/mini-k8s/store"
	"drydock/mini-k8s/store/etcd"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// apiserverFlags are those of mini-k8s apiserver, named as kube-apiserver's
// where it has them.
type apiserverFlags struct {
	dataDir      string
	certDir      string
	bindAddress  string
	securePort   uint16
	insecurePort uint16
	services     string
	etcdServers  []string
	tolerated    time.Duration
}

func apiserverCommand() *cobra.Command {
	flags := &apiserverFlags{}
	cmd := &cobra.Command{
		Use:   "apiserver --data-dir FOLDER",
		Short: "Serve the Kubernetes API over the store",
		Long: "Serve the Kubernetes API over the store.\n\nThe first start makes a certificate authority in the folder of certificates, and\n" +
			"every start a kubeconfig for an administrator there, once it is ready: admin.conf.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.dataDir, "data-dir", "", "Folder to keep the cluster's state in")
	f.StringVar(&flags.certDir, "cert-dir", "", "Folder of certificates (default: pki in the folder of state)")
	f.StringVar(&flags.bindAddress, "bind-address", "127.0.0.1", "Address to serve at")
	f.Uint16Var(&flags.securePort, "secure-port", 6443, "Port to serve at, with TLS and client certificates (0: any)")
	f.Uint16Var(&flags.insecurePort, "insecure-port", 0, "Port of 127.0.0.1 on which everybody on this machine is let in, without TLS (0: none)")
	f.StringVar(&flags.services, "service-cluster-ip-range", "10.96.0.0/12", "Addresses of Services")
	f.StringSliceVar(&flags.etcdServers, "etcd-servers", nil, "Keep the cluster's objects in this etcd (http://HOST:PORT) rather than in the folder of state")
	f.DurationVar(&flags.tolerated, "default-unreachable-toleration", apiserver.DefaultTolerated, "For how long pods that say nothing themselves stay on a node that is lost or not ready, in whole seconds")
	_ = cmd.MarkFlagRequired("data-dir") // fails for an unknown flag only
	return cmd
}

// run serves until ctx ends.
func (f *apiserverFlags) run(ctx context.Context) error {
	services, err := netip.ParsePrefix(f.services)
	if err != nil {
		return fmt.Errorf("--service-cluster-ip-range: %w", err)
	}
	if f.certDir == "" {
		f.certDir = filepath.Join(f.dataDir, "pki")
	}
	authority, err := pki.Open(f.certDir)
	if err != nil {
		return err
	}
	objects, release, err := f.openStore()
	if err != nil {
		return err
	}
	defer release()
	listener, err := net.Listen("tcp", net.JoinHostPort(f.bindAddress, fmt.Sprint(f.securePort)))
	if err != nil {
		return fmt.Errorf("serving: %w", err)
	}
	address := listener.Addr().(*net.TCPAddr).AddrPort()
	server, err := newServer(authority, apiserver.Config{Store: objects, Services: services, Address: address, Tolerated: &f.tolerated})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	certificate, err := f.certificate(authority, services)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return server.Run(ctx) })
	group.Go(func() error {
		return serve(ctx, tls.NewListener(listener, certificate), identity.ByCertificate(server))
	})
	if f.insecurePort != 0 {
		group.Go(func() error { return f.serveEverybody(ctx, server) })
	}
	group.Go(func() error {
		return f.announce(ctx, server, pki.Cluster{Name: "mini-k8s", Server: "https://" + address.String(), Authority: authority.PEM}, authority)
	})
	return group.Wait()
}

// newServer makes an API server of all kinds, with a way to the kubelets.
func newServer(authority *pki.Authority, config apiserver.Config) (*apiserver.Server, error) {
	var err error
	if config.Schema, err = schema.Load(); err != nil {
		return nil, err
	}
	if config.Nodes, err = wayToNodes(authority); err != nil {
		return nil, err
	}
	config.Kinds = api.NewTable(kinds.All()...)
	return apiserver.New(config), nil
}

// openStore returns where objects are kept and how to let go of it.
func (f *apiserverFlags) openStore() (store.Store, func() error, error) {
	if len(f.etcdServers) > 0 {
		client, err := etcd.New(f.etcdServers)
		return client, func() error { return nil }, err
	}
	file, err := store.Open(filepath.Join(f.dataDir, "store.db"))
	if err != nil {
		return nil, nil, err
	}
	return file, file.Close, nil
}

// certificate returns the server's certificate and whom it trusts.
func (f *apiserverFlags) certificate(authority *pki.Authority, services netip.Prefix) (*tls.Config, error) {
	own, err := authority.Issue(pki.Subject{Name: "kube-apiserver", Hosts: []string{
		f.bindAddress, "127.0.0.1", "localhost", services.Masked().Addr().Next().String(),
		"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
	}})
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(own.Certificate, own.Key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		ClientCAs: authority.Pool(), ClientAuth: tls.VerifyClientCertIfGiven,
	}, nil
}

// wayToNodes is how the server asks kubelets: as one whom they let in.
func wayToNodes(authority *pki.Authority) (*nodes.Way, error) {
	own, err := authority.Issue(pki.Subject{Name: "kube-apiserver-kubelet-client", Groups: []string{"system:masters"}})
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(own.Certificate, own.Key)
	if err != nil {
		return nil, err
	}
	return nodes.New(&tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: authority.Pool(), MinVersion: tls.VersionTLS12}), nil
}

// announce writes the administrator's kubeconfig once the server is ready: who
// finds it may ask.
func (f *apiserverFlags) announce(ctx context.Context, server *apiserver.Server, cluster pki.Cluster, authority *pki.Authority) error {
	const admin = "kubernetes-admin"
	if err := server.AwaitReady(ctx); err != nil {
		return nil // ctx has ended: why is told elsewhere
	}
	pair, err := authority.Issue(pki.Subject{Name: admin, Groups: []string{"system:masters"}})
	if err != nil {
		return err
	}
	file := filepath.Join(f.certDir, "admin.conf")
	slog.Info("ready", "server", cluster.Server, "kubeconfig", file)
	return pki.WriteFile(file, pki.Kubeconfig(cluster, admin, pair))
}

// serveEverybody lets everybody of this machine in.
func (f *apiserverFlags) serveEverybody(ctx context.Context, server *apiserver.Server) error {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", f.insecurePort))
	if err != nil {
		return fmt.Errorf("serving: %w", err)
	}
	everybody := identity.User{Name: "system:unsecured", Groups: []string{"system:masters", "system:authenticated"}}
	return serve(ctx, listener, identity.Everybody(everybody, server))
}

// serve answers at a listener until ctx ends.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 30 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	// Watches end with ctx; the others are answered.
	stop := context.AfterFunc(ctx, func() { _ = server.Shutdown(context.WithoutCancel(ctx)) })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
