package main

import (
	"errors"
	"fmt"

	"drydock/cmd/manual"

	"github.com/spf13/cobra"
)

// manCommand writes the manual pages. Docker has no such command, so it is not
// among those that help lists.
func (c *cli) manCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:    "man --dir DIR",
		Short:  "Write the manual pages",
		Args:   atMost(0),
		Hidden: true,
		RunE: func(*cobra.Command, []string) error {
			if dir == "" {
				return errors.New("name a folder for the pages: mini-docker man --dir DIR")
			}
			pages, err := manual.Write(c.command(nil), dir)
			if err == nil {
				fmt.Fprintf(c.stdout, "%d manual pages are in %s.\n", pages, dir)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "Folder to write them to")
	return cmd
}
