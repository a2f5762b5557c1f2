package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"
)

func (c *cli) exportCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "export [OPTIONS] CONTAINER",
		Short: "Export a container's filesystem as a tar archive",
		Args:  exactly(1),
		RunE:  c.mapped(func(cmd *cobra.Command, args []string) error { return c.export(cmd, args[0], output) }),

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "Write to a file, instead of STDOUT")
	return cmd
}

// export writes a container's files to an archive. A file appears once it is whole.
func (c *cli) export(cmd *cobra.Command, name, output string) error {
	e, container, err := c.find(cmd, name)
	if err != nil {
		return err
	}
	return c.writeArchive(cmd.Context(), output, func(ctx context.Context, w io.Writer) error {
		return e.Export(ctx, container, w)
	})
}
