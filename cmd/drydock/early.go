//go:build early

package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// The drydock that `make start` builds first in a fresh clone lacks what the first
// lesson does not need and what takes long to compile. These stand in its place.

func bookCommand(*tutor) *cobra.Command {
	return awaited("book --out DIR | --serve", "make a web site of all lessons and the source")
}

func verifyCommand(*tutor) *cobra.Command {
	return awaited("verify [LESSON…]", "for authors: prove that lessons are true and checks can fail")
}

// awaited is a command that is compiled beside the reading.
func awaited(use, short string) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: short,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return fmt.Errorf("%s is still being built, beside the lesson that is open: leave it open for a minute, or type make build", cmd.Name())
		},
		DisableFlagParsing: true,
	}
}
