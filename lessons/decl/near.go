package decl

import (
	"cmp"
	"fmt"
	"slices"
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

// near returns the three of names that are nearest to got, those too far from
// it left out. A missing (*…) costs nothing: whoever forgot it meant that one.
func near(got string, names []string) []string {
	type candidate struct {
		name string
		cost int
	}
	var close []candidate
	for _, name := range names {
		if cost := distance(bare(got), bare(name)); cost <= max(2, len(bare(got))/3) {
			close = append(close, candidate{name, cost})
		}
	}
	slices.SortStableFunc(close, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), strings.Compare(a.name, b.name))
	})
	var found []string
	for _, c := range close[:min(3, len(close))] {
		found = append(found, c.name)
	}
	return found
}

// distance is the Levenshtein distance of two names, letter case left aside.
func distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
