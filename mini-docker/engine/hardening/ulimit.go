package hardening

import (
	"fmt"

	"github.com/docker/go-units"
)

// Ulimit is a limit of each process by itself. See getrlimit(2).
type Ulimit struct {
	Name       string
	Hard, Soft int64 // -1: not limited
}

// ParseUlimit reads NAME=SOFT[:HARD].
func ParseUlimit(text string) (Ulimit, error) {
	parsed, err := units.ParseUlimit(text)
	if err != nil {
		return Ulimit{}, err
	}
	if parsed.Hard != -1 && (parsed.Soft > parsed.Hard || parsed.Soft == -1) {
		return Ulimit{}, fmt.Errorf("ulimit soft limit must be less than or equal to hard limit: %d > %d", parsed.Soft, parsed.Hard)
	}
	return Ulimit{Name: parsed.Name, Hard: parsed.Hard, Soft: parsed.Soft}, nil
}
