//go:build early

package main

import (
	"errors"

	"github.com/spf13/cobra"
)

// bookCommand stands for the real one in the drydock that `make start` builds first in
// a fresh clone: what makes the book is a fifth of all there is to compile, and the
// first lesson does not wait for it.
func bookCommand(*tutor) *cobra.Command {
	return &cobra.Command{
		Use:   "book --out DIR | --serve",
		Short: "make a web site of all lessons and the source",
		RunE: func(*cobra.Command, []string) error {
			return errors.New("the book is still being built, beside the lesson that is open: leave it open for a minute, or type make build")
		},
		DisableFlagParsing: true,
	}
}
