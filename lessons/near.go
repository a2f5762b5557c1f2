package lessons

import (
	"cmp"
	"slices"
	"strings"
)

// Near returns those of names that a person who typed got may have meant,
// nearest first, three at most: a third of the letters may be wrong, or one
// is the beginning of the other.
func Near(got string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var close []candidate
	for _, name := range names {
		d := distance(got, name)
		isBeginning := len(got) >= 3 && strings.HasPrefix(name, got)
		if d <= max(1, len(name)/3) || isBeginning {
			close = append(close, candidate{name, d})
		}
	}
	slices.SortStableFunc(close, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var near []string
	for _, c := range close[:min(3, len(close))] {
		near = append(near, c.name)
	}
	return near
}

// distance counts the letters to insert, remove or replace to turn a into b
// (Levenshtein), two swapped neighbours counting once: the commonest slip.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			replace := last[j]
			if a[i] != b[j] {
				replace++
			}
			row[j+1] = min(replace, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
