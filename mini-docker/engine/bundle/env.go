package bundle

import (
	"slices"
	"strings"
)

// MergeEnv returns env with the variables of over: each replaces the one of its
// name where it stands, or is added. An entry without "=" takes its name away,
// as `-e NAME` of a variable that is not set does.
func MergeEnv(env, over []string) []string {
	merged := slices.Clone(env)
	for _, entry := range over {
		name, _, isSet := strings.Cut(entry, "=")
		at := slices.IndexFunc(merged, func(have string) bool { return named(have, name) })
		switch {
		case at >= 0 && isSet:
			merged[at] = entry
		case at >= 0:
			merged = slices.Delete(merged, at, at+1)
		case isSet:
			merged = append(merged, entry)
		}
	}
	return merged
}

func hasVariable(env []string, name string) bool {
	return slices.ContainsFunc(env, func(entry string) bool { return named(entry, name) })
}

func named(entry, name string) bool { return strings.HasPrefix(entry, name+"=") }
