package seccomp

import (
	"maps"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Actions, Operators and Architectures are what a profile may name. See OCI
// runtime-spec features-linux.md, seccomp.
func Actions() (names []string) {
	for _, each := range slices.Sorted(maps.Keys(answerOf)) {
		names = append(names, string(each))
	}
	return names
}

// Operators are the comparisons of arguments.
func Operators() []string {
	return []string{string(specs.OpEqualTo), string(specs.OpGreaterEqual), string(specs.OpGreaterThan), string(specs.OpLessEqual),
		string(specs.OpLessThan), string(specs.OpMaskedEqual), string(specs.OpNotEqual)}
}

// Architectures are those that a process of this machine may call in.
func Architectures() (names []string) {
	for _, each := range architectures {
		names = append(names, string(each.name))
	}
	return names
}
