package main

import (
	"context"
	"errors"
	"fmt"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/dirs"
	"drydock/mini-docker/image"
	"drydock/mini-docker/image/remote"
	"drydock/mini-docker/runtime"

	"github.com/spf13/cobra"
)

type pullOptions struct {
	quiet    bool
	plain    bool // no bars: others write lines meanwhile
	platform string
}

func (c *cli) pullCommand() *cobra.Command {
	var o pullOptions
	cmd := &cobra.Command{
		Use:   "pull [OPTIONS] NAME[:TAG|@DIGEST]",
		Short: "Download an image from a registry",
		Args:  between(1, 1),
		RunE: c.mapped(func(cmd *cobra.Command, args []string) error {
			return c.interruptible(cmd.Context(), func(ctx context.Context) error {
				e, err := c.open()
				if err != nil {
					return err
				}
				_, err = c.pull(ctx, e, args[0], o)
				return err
			})
		}),
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "Suppress verbose output")
	cmd.Flags().StringVar(&o.platform, "platform", "", "Take the image for another machine, if there are several: linux/ARCHITECTURE")
	addUnsupported(cmd.Flags(), "all-tags,a disable-content-trust", "")
	return cmd
}

// pull brings an image and tells how it goes, as docker pull does.
func (c *cli) pull(ctx context.Context, e *engine.Engine, text string, o pullOptions) (*image.Image, error) {
	name, err := image.ParseName(text)
	if err != nil {
		return nil, err
	}
	var how remote.PullOptions
	if o.platform != "" {
		wanted, err := parsePlatform(o.platform)
		if err != nil {
			return nil, err
		}
		how.Platform = &wanted
	}
	store, err := e.Images(ctx)
	if err != nil {
		return nil, err
	}
	before, _ := store.Get(name.String())
	if !o.quiet {
		bars := newBars(c.stdout)
		bars.terminal = bars.terminal && !o.plain
		how.Notify = bars.show
		what := name.Tag
		if what == "" {
			what = name.Digest.String()
		}
		fmt.Fprintf(c.stdout, "%s: Pulling from %s\n", what, name.Repository)
	}
	pulled, err := remote.Pull(ctx, store, name, how)
	if err != nil {
		return nil, err
	}
	c.warnLost(pulled)
	if !o.quiet {
		fmt.Fprintln(c.stdout, "Digest:", pulled.Digest)
		status := "Downloaded newer image for "
		if before != nil && before.ID == pulled.ID {
			status = "Image is up to date for "
		}
		fmt.Fprintln(c.stdout, "Status:", status+name.Familiar())
	}
	fmt.Fprintln(c.stdout, name.String())
	return pulled.Image, nil
}

// createOrPull creates a container. An image that is not here is fetched first.
func (c *cli) createOrPull(ctx context.Context, e *engine.Engine, o engine.CreateOptions) (*container.Container, error) {
	container, err := e.Create(ctx, o)
	var missing *engine.ImageNotFoundError
	if !errors.As(err, &missing) {
		return container, err
	}
	if err := c.pullMissing(ctx, e, missing); err != nil {
		return nil, err
	}
	return e.Create(ctx, o)
}

// pullMissing brings the image that a container is to be made of. It tells on
// standard error: the output is the container's.
func (c *cli) pullMissing(ctx context.Context, e *engine.Engine, missing *engine.ImageNotFoundError) error {
	fmt.Fprintln(c.stderr, missing.Error())
	aside := &cli{stdin: c.stdin, stdout: c.stderr, stderr: c.stderr, root: c.root}
	host := bundle.UserNamespace()
	if !runtime.NeedsMapping(host) {
		_, err := aside.pull(ctx, e, missing.Name, pullOptions{})
		return err
	}
	folders, err := folders(dirs.Locate(c.root))
	if err != nil {
		return err
	}
	exit, err := runtime.RunMapped(host, runtime.Mapped{
		Args: []string{"pull", missing.Name}, Env: folders, Stdin: c.stdin, Stdout: c.stderr, Stderr: c.stderr,
	})
	if err == nil && exit != 0 {
		err = &statusError{exitEngine, nil} // all has been said
	}
	return err
}

func (c *cli) pushCommand() *cobra.Command {
	var quiet bool
	cmd := &cobra.Command{
		Use:   "push [OPTIONS] NAME[:TAG]",
		Short: "Upload an image to a registry",
		Args:  between(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.interruptible(cmd.Context(), func(ctx context.Context) error { return c.push(ctx, args[0], quiet) })
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "Suppress verbose output")
	addUnsupported(cmd.Flags(), "all-tags,a disable-content-trust", "platform")
	return cmd
}

func (c *cli) push(ctx context.Context, text string, quiet bool) error {
	name, err := image.ParseName(text)
	if err != nil {
		return err
	}
	store, err := c.images(ctx)
	if err != nil {
		return err
	}
	if !quiet {
		fmt.Fprintf(c.stdout, "The push refers to repository [%s/%s]\n", name.Registry, name.Repository)
	}
	tell := func(remote.Progress) {}
	if !quiet {
		tell = newBars(c.stdout).show
	}
	pushed, err := remote.Push(ctx, store, name, tell)
	if errors.Is(err, image.ErrNotFound) {
		return fmt.Errorf("An image does not exist locally with the tag: %s", name.FamiliarRepository())
	}
	if err != nil {
		return err
	}
	if quiet {
		fmt.Fprintln(c.stdout, name.String())
		return nil
	}
	text, err = manifestSize(store, pushed)
	fmt.Fprintf(c.stdout, "%s: digest: %s size: %s\n", name.Tag, pushed.Digest, text)
	return err
}

func manifestSize(store *image.Store, i *image.Image) (string, error) {
	text, err := store.Document(i.Digest)
	return fmt.Sprint(len(text)), err
}
