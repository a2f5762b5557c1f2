// Package quantity holds the values of flags that are quantities, as Docker's
// users write them: 20m of memory, half a CPU.
package quantity

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/docker/go-units"
)

// Bytes is a size: a number with b, k, m or g behind it, by 1024s.
type Bytes int64

// String implements pflag.Value.
func (b *Bytes) String() string {
	if *b == 0 {
		return "0" // pflag shows no default then
	}
	return units.BytesSize(float64(*b))
}

// Set implements pflag.Value.
func (b *Bytes) Set(text string) error {
	size, err := units.RAMInBytes(text)
	*b = Bytes(size)
	return err
}

// Type implements pflag.Value.
func (b *Bytes) Type() string { return "bytes" }

// SwapBytes is a size, or -1, which is no limit.
type SwapBytes int64

// String implements pflag.Value.
func (b *SwapBytes) String() string {
	if *b == -1 {
		return "-1"
	}
	return (*Bytes)(b).String()
}

// Set implements pflag.Value.
func (b *SwapBytes) Set(text string) error {
	if text == "-1" {
		*b = -1
		return nil
	}
	return (*Bytes)(b).Set(text)
}

// Type implements pflag.Value.
func (b *SwapBytes) Type() string { return "bytes" }

// CPUs is a number of processors in billionths: 1.5 are 1500000000.
type CPUs int64

// String implements pflag.Value.
func (c *CPUs) String() string {
	if *c == 0 {
		return ""
	}
	return big.NewRat(int64(*c), 1e9).FloatString(3)
}

// Set implements pflag.Value. The messages are Docker's.
func (c *CPUs) Set(text string) error {
	cpus, ok := new(big.Rat).SetString(text)
	if !ok {
		return fmt.Errorf("failed to parse %v as a rational number", text)
	}
	nano := cpus.Mul(cpus, big.NewRat(1e9, 1))
	if !nano.IsInt() || !nano.Num().IsInt64() {
		return errors.New("value is too precise")
	}
	*c = CPUs(nano.Num().Int64())
	return nil
}

// Type implements pflag.Value.
func (c *CPUs) Type() string { return "decimal" }
