package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/api/kinds"
	"drydock/mini-k8s/apiserver"
	"drydock/mini-k8s/store"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// apiserverFlags are those of mini-k8s apiserver, named as kube-apiserver's
// where it has them.
type apiserverFlags struct {
	dataDir      string
	insecurePort int
}

func apiserverCommand() *cobra.Command {
	flags := &apiserverFlags{}
	cmd := &cobra.Command{
		Use:   "apiserver",
		Short: "Serve the Kubernetes API over the store",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return flags.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.dataDir, "data-dir", "", "Folder to keep the cluster's state in")
	f.IntVar(&flags.insecurePort, "insecure-port", 0, "Port of 127.0.0.1 on which anybody on this machine is let in, without TLS (0: none)")
	_ = cmd.MarkFlagRequired("data-dir") // fails for an unknown flag only
	return cmd
}

// run serves until ctx ends.
func (f *apiserverFlags) run(ctx context.Context) error {
	db, err := store.Open(filepath.Join(f.dataDir, "store.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	server := apiserver.New(apiserver.Config{Store: db, Kinds: api.NewTable(kinds.All()...)})
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return server.Run(ctx) })
	group.Go(func() error { return serve(ctx, f.insecurePort, server) })
	return group.Wait()
}

// serve answers on a port of this machine until ctx ends.
func serve(ctx context.Context, port int, handler http.Handler) error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("serving: %w", err)
	}
	slog.Info("serving", "address", listener.Addr().String())
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 30 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stopped := context.AfterFunc(ctx, func() { _ = server.Shutdown(context.Background()) })
	defer stopped()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
