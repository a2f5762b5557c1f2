package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"drydock/mini-docker/builder"
	"drydock/mini-docker/image"
	"drydock/mini-docker/image/archive"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"
)

type importOptions struct {
	message, platform string
	changes           []string
}

func (c *cli) importCommand() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import [OPTIONS] file|- [REPOSITORY[:TAG]]",
		Short: "Import the contents from a tarball to create a filesystem image",
		Args:  between(1, 2),
		RunE:  c.mapped(func(cmd *cobra.Command, args []string) error { return c.importImage(cmd, args, o) }),

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&o.message, "message", "m", "", "Set commit message for imported image")
	cmd.Flags().StringVar(&o.platform, "platform", "", "Set platform if the files are for another machine: linux/ARCHITECTURE")
	cmd.Flags().StringArrayVarP(&o.changes, "change", "c", nil, "Apply Dockerfile instruction to the created image")
	return cmd
}

// importImage makes an image of a root file system and prints its ID.
func (c *cli) importImage(cmd *cobra.Command, args []string, o importOptions) error {
	options := archive.ImportOptions{Message: o.message, Created: time.Now()}
	if o.message == "" {
		options.Message = "Imported from " + args[0]
	}
	var err error
	if options.Platform, err = parsePlatform(o.platform); err != nil {
		return err
	}
	if len(args) > 1 {
		name, err := image.ParseName(args[1])
		if err != nil {
			return err
		}
		options.Names = []image.Name{name}
	}
	if err := builder.Change(&options.Config, o.changes); err != nil {
		return err
	}
	from, err := c.openImported(args[0])
	if err != nil {
		return err
	}
	defer from.Close()
	store, err := c.images(cmd.Context())
	if err != nil {
		return err
	}
	var imported archive.Loaded
	err = c.interruptible(cmd.Context(), func(ctx context.Context) error {
		imported, err = archive.Import(ctx, store, untilDone(ctx, from), options)
		return err
	})
	if err != nil {
		return err
	}
	c.warnLost(imported)
	fmt.Fprintln(c.stdout, imported.ID)
	return nil
}

// openImported opens what is to be imported: a file, or with "-" the standard input.
func (c *cli) openImported(name string) (io.ReadCloser, error) {
	switch {
	case name == "-":
		return io.NopCloser(c.stdin), nil
	case strings.Contains(name, "://"):
		return nil, fmt.Errorf("importing from an address is not supported: fetch %s first, and import the file", name)
	}
	return os.Open(name)
}

// parsePlatform reads OS/ARCHITECTURE[/VARIANT]; "" is this machine's.
func parsePlatform(text string) (v1.Platform, error) {
	if text == "" {
		return v1.Platform{}, nil
	}
	parsed, err := v1.ParsePlatform(text)
	if err != nil {
		return v1.Platform{}, fmt.Errorf("invalid platform %q: %w", text, err)
	}
	if parsed.OS != "linux" || parsed.Architecture == "" {
		return v1.Platform{}, fmt.Errorf("invalid platform %q: write linux/ARCHITECTURE", text)
	}
	return *parsed, nil
}
