package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"drydock/cmd/manual"
)

// manCommand writes drydock's manual pages, from the words that --help prints.
func manCommand(t *tutor) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "man --dir DIR",
		Short: "write the manual pages of drydock",
		Long: `Writes a manual page for drydock and for each of its verbs. To read them as the
system's own:

  drydock man --dir ~/.local/share/man/man1
  man drydock-start`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return fmt.Errorf("name a folder for the pages: drydock man --dir DIR")
			}
			pages, err := manual.Write(cmd.Root(), dir)
			if err == nil {
				fmt.Fprintf(t.out, "%d manual pages are in %s.\n", pages, dir)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "the `DIR` to write them to")
	return cmd
}
