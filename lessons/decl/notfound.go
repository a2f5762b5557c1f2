package decl

import (
	"fmt"
	"strings"
)

// NotFoundError reports a declaration that is not there.
type NotFoundError struct {
	Dir  string // "" when one file was searched
	Name string
	Near []string // what may have been meant, nearest first: addresses, or names when Dir is ""
}

// Error names the near ones, so that whoever misspelt an address, or whose
// declaration was renamed, sees where to go.
func (e *NotFoundError) Error() string {
	what := e.Name
	if e.Dir != "" {
		what = Address{e.Dir, e.Name}.String()
	}
	if len(e.Near) == 0 {
		return fmt.Sprintf("no declaration %s, and none with a name like it", what)
	}
	return fmt.Sprintf("no declaration %s: did you mean %s?", what, strings.Join(e.Near, " or "))
}
