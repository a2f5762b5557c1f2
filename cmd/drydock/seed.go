package main

import (
	"errors"
	"math"
	"strconv"

	"github.com/spf13/cobra"
)

// seedFlag gives a command --seed: the same number, the same choice. Whether it was
// given, cmd.Flags().Changed knows.
func seedFlag(cmd *cobra.Command, to *uint64, usage string) {
	cmd.Flags().Var((*seed)(to), "seed", usage)
}

// seed is a number that is read as a person writes it.
type seed uint64

func (s *seed) Set(text string) error {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return errors.New("want a whole number from 0 to " + strconv.FormatUint(math.MaxUint64, 10))
	}
	*s = seed(n)
	return nil
}

func (s *seed) String() string { return strconv.FormatUint(uint64(*s), 10) }
func (s *seed) Type() string   { return "uint" }
