// Package near finds out which of the names that there are somebody may have
// meant who typed another: an id of a lesson, a verb, a declaration.
package near

import (
	"cmp"
	"slices"
	"strings"
)

// most is how many names are offered: more are a list to read.
const most = 3

// Names returns those of names that a person who typed got may have meant,
// nearest first: a third of the letters may be wrong, or got is how one begins.
// Capitals do not count.
func Names(got string, names []string) []string {
	return By(got, names, func(name string) string { return name })
}

// By is Names, comparing what spelt makes of each name and of got.
func By(got string, names []string, spelt func(string) string) []string {
	type candidate struct {
		name     string
		distance int
	}
	got = strings.ToLower(spelt(got))
	var close []candidate
	for _, name := range names {
		meant := strings.ToLower(spelt(name))
		d := distance(got, meant)
		isBeginning := len(got) >= 3 && strings.HasPrefix(meant, got)
		if d <= max(1, len(meant)/3) || isBeginning {
			close = append(close, candidate{name, d})
		}
	}
	slices.SortStableFunc(close, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var near []string
	for _, c := range close[:min(most, len(close))] {
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
