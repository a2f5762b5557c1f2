package lessons

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Edit replaces the lines of a span (none, when it is empty) with others.
type Edit struct {
	Span
	With []string
}

// Rewrite applies edits to a lesson's source. Spans are those of the source
// as it is, so the order of the edits does not matter; they must not overlap.
// Lines outside the spans keep every byte.
func Rewrite(src []byte, edits []Edit) ([]byte, error) {
	lines := strings.SplitAfter(string(src), "\n")
	edits = slices.Clone(edits)
	slices.SortFunc(edits, func(a, b Edit) int { return cmp.Compare(a.First, b.First) })

	var out strings.Builder
	next := 1 // first line not yet written
	for _, e := range edits {
		if e.First < next || e.Last > len(lines) || e.First > len(lines)+1 {
			return nil, fmt.Errorf("rewriting lines %d to %d: outside the text or edited twice", e.First, e.Last)
		}
		out.WriteString(strings.Join(lines[next-1:e.First-1], ""))
		for _, line := range e.With {
			out.WriteString(line + "\n")
		}
		next = e.Last + 1
	}
	out.WriteString(strings.Join(lines[next-1:], ""))
	return []byte(out.String()), nil
}
