package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"
)

func (c *cli) exportCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "export [OPTIONS] CONTAINER",
		Short: "Export a container's filesystem as a tar archive",
		Args:  exactly(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return c.export(cmd, args[0], output) },

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
	if output == "" && isTerminal(c.stdout) {
		return errors.New("cowardly refusing to save to a terminal. Use the -o flag or redirect")
	}
	return c.interruptible(cmd.Context(), func(ctx context.Context) error {
		if output == "" {
			return e.Export(ctx, container, c.stdout)
		}
		return writeWhole(output, func(w io.Writer) error { return e.Export(ctx, container, w) })
	})
}
