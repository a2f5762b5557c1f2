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
}

func apiserverCommand() *cobra.Command {
	flags := &apiserverFlags{}
	cmd := &cobra.Command{
		Use:   "apiserver --data-dir FOLDER",
		Short: "Serve the Kubernetes API over the store",
		Long: "Serve the Kubernetes API over the store.\n\nThe first start makes a certificate authority in the folder of certificates, and\n" +
			"every start a kubeconfig for an administrator there: admin.conf.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return flags.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.dataDir, "data-dir", "", "Folder to keep the cluster's state in")
	f.StringVar(&flags.certDir, "cert-dir", "", "Folder of certificates (default: pki in the folder of state)")
	f.StringVar(&flags.bindAddress, "bind-address", "127.0.0.1", "Address to serve at")
	f.Uint16Var(&flags.securePort, "secure-port", 6443, "Port to serve at, with TLS and client certificates")
	f.Uint16Var(&flags.insecurePort, "insecure-port", 0, "Port of 127.0.0.1 on which everybody on this machine is let in, without TLS (0: none)")
	f.StringVar(&flags.services, "service-cluster-ip-range", "10.96.0.0/12", "Addresses of Services")
	f.StringSliceVar(&flags.etcdServers, "etcd-servers", nil, "Keep the cluster's objects in this etcd (http://HOST:PORT) rather than in the folder of state")
	_ = cmd.MarkFlagRequired("data-dir") // fails for an unknown flag only
	return cmd
}

// run serves until ctx ends.
func (f *apiserverFlags) run(ctx context.Context) error {
	services, err := netip.ParsePrefix(f.services)
	if err != nil {
		return fmt.Errorf("--service-cluster-ip-range: %w", err)
	}
	address, err := netip.ParseAddr(f.bindAddress)
	if err != nil {
		return fmt.Errorf("--bind-address: %w", err)
	}
	objects, release, err := f.openStore()
	if err != nil {
		return err
	}
	defer release()
	definitions, err := schema.Load()
	if err != nil {
		return err
	}
	server := apiserver.New(apiserver.Config{
		Store: objects, Kinds: api.NewTable(kinds.All()...), Schema: definitions, Services: services, Address: netip.AddrPortFrom(address, f.securePort),
	})
	identity, err := f.identity(services)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return server.Run(ctx) })
	group.Go(func() error {
		return serve(ctx, netip.AddrPortFrom(address, f.securePort), apiserver.ByCertificate(server), identity)
	})
	if f.insecurePort != 0 {
		everybody := apiserver.User{Name: "system:unsecured", Groups: []string{"system:masters", "system:authenticated"}}
		loopback := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), f.insecurePort)
		group.Go(func() error { return serve(ctx, loopback, apiserver.Everybody(everybody, server), nil) })
	}
	return group.Wait()
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

// identity returns the server's certificate and whom it trusts, and writes the
// administrator's kubeconfig.
func (f *apiserverFlags) identity(services netip.Prefix) (*tls.Config, error) {
	if f.certDir == "" {
		f.certDir = filepath.Join(f.dataDir, "pki")
	}
	authority, err := pki.Open(f.certDir)
	if err != nil {
		return nil, err
	}
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
	admin, err := authority.Issue(pki.Subject{Name: "kubernetes-admin", Groups: []string{"system:masters"}})
	if err != nil {
		return nil, err
	}
	cluster := pki.Cluster{
		Name: "mini-k8s", Authority: authority.PEM, Server: fmt.Sprintf("https://%s", net.JoinHostPort(f.bindAddress, fmt.Sprint(f.securePort))),
	}
	if err := pki.WriteFile(filepath.Join(f.certDir, "admin.conf"), pki.Kubeconfig(cluster, "kubernetes-admin", admin)); err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12,
		ClientCAs: authority.Pool(), ClientAuth: tls.VerifyClientCertIfGiven,
	}, nil
}

// serve answers at an address until ctx ends; without TLS when identity is nil.
func serve(ctx context.Context, at netip.AddrPort, handler http.Handler, identity *tls.Config) error {
	listener, err := net.Listen("tcp", at.String())
	if err != nil {
		return fmt.Errorf("serving: %w", err)
	}
	slog.Info("serving", "address", listener.Addr().String(), "tls", identity != nil)
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 30 * time.Second, TLSConfig: identity,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	// Watches end with ctx; the others have until then to be answered.
	stop := context.AfterFunc(ctx, func() { _ = server.Shutdown(context.WithoutCancel(ctx)) })
	defer stop()
	if identity != nil {
		err = server.ServeTLS(listener, "", "")
	} else {
		err = server.Serve(listener)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
