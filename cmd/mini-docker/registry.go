package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"

	"drydock/mini-docker/engine/dirs"
	"drydock/mini-docker/image/registry"

	"github.com/spf13/cobra"
)

type registryOptions struct {
	listen, dir      string
	users            string
	certificate, key string
}

// registryCommand is not Docker's: there it is an image of its own.
func (c *cli) registryCommand() *cobra.Command {
	var o registryOptions
	cmd := &cobra.Command{
		Use:   "registry [OPTIONS]",
		Short: "Serve images to others: a registry, until it is interrupted",
		Args:  atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.interruptible(cmd.Context(), func(ctx context.Context) error { return c.serveRegistry(ctx, o) })
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVar(&o.listen, "listen", "127.0.0.1:5000", "Address and port to listen on")
	cmd.Flags().StringVar(&o.dir, "dir", "", "Folder to keep images in (Default is 'registry' where the engine keeps its own)")
	cmd.Flags().StringVar(&o.users, "htpasswd", "", "Serve only those whom this file names: NAME:PASSWORD a line, plain or as htpasswd -B writes it")
	cmd.Flags().StringVar(&o.certificate, "tls-cert", "", "File of the certificate, for encrypted connections")
	cmd.Flags().StringVar(&o.key, "tls-key", "", "File of the certificate's private key")
	return cmd
}

func (c *cli) serveRegistry(ctx context.Context, o registryOptions) error {
	if (o.certificate == "") != (o.key == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	if o.dir == "" {
		o.dir = filepath.Join(dirs.Locate(c.root).Root, "registry")
	}
	served, err := registry.Open(o.dir)
	if err != nil {
		return err
	}
	if o.users != "" {
		if served.Users, err = registry.ReadUsers(o.users); err != nil {
			return err
		}
	}
	on, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	c.warnOpen(on.Addr(), o)
	fmt.Fprintln(c.stdout, "Listening on", on.Addr())
	return served.Serve(ctx, on, o.certificate, o.key)
}

// warnOpen says what a registry that others reach lays open to them.
func (c *cli) warnOpen(on net.Addr, o registryOptions) {
	at, err := netip.ParseAddrPort(on.String())
	if err != nil || at.Addr().IsLoopback() {
		return
	}
	if o.users == "" {
		fmt.Fprintln(c.stderr, "WARNING: whoever reaches", at, "may read and write all images: name users by --htpasswd.")
	}
	if o.certificate == "" {
		fmt.Fprintln(c.stderr, "WARNING: what is sent to", at, "is not encrypted, passwords and images: name a certificate by --tls-cert.")
	}
}
