package nat

import (
	"context"
	"errors"
	"fmt"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Watch tells what is published, now and after each change of this network
// namespace's nf_tables, until ctx ends, or tell returns an error, which is then its
// own. See netlink(7), and nft(8), monitor.
func Watch(ctx context.Context, tell func([]Port) error) error {
	changes, err := netlink.Dial(unix.NETLINK_NETFILTER, &netlink.Config{Groups: 1 << (unix.NFNLGRP_NFTABLES - 1)})
	if err != nil {
		return unsupported("listening for changes of nf_tables", err)
	}
	defer changes.Close()
	stop := context.AfterFunc(ctx, func() { changes.Close() })
	defer stop()
	for {
		ports, err := AllPublished()
		switch {
		case errors.Is(err, unix.EINTR): // something changed meanwhile, which is told next
		case err != nil:
			return err
		default:
			if err := tell(ports); err != nil {
				return err
			}
		}
		_, err = changes.Receive()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		// That reports were lost is a change as well.
		if err != nil && !errors.Is(err, unix.ENOBUFS) {
			return fmt.Errorf("listening for changes of nf_tables: %w", err)
		}
	}
}
