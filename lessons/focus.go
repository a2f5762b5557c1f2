package lessons

import (
	"go/parser"
	"go/token"
	"slices"
	"strings"

	"drydock/lessons/near"
)

// Elided is the line of an excerpt that stands for lines of the declaration which
// it leaves out, one at least. It is a comment, so that what is printed stays Go.
const Elided = "// …"

// InFocus reports whether an excerpt leaves lines out.
func (e Excerpt) InFocus() bool {
	return slices.ContainsFunc(strings.Split(e.Text, "\n"), isElided)
}

// Find says for each line of an excerpt which line of the declaration it is,
// from 0, and -1 for Elided. ok is false when the excerpt is not, line for line
// and in this order, what the declaration holds.
func (e Excerpt) Find(code string) (lines []int, ok bool) {
	return place(strings.Split(trimEnd(e.Text), "\n"), strings.Split(code, "\n"), 0)
}

// isGo reports whether the lines that are printed make a declaration, or the end
// of a function whose head is left out. Else a reader looks for the brace that
// closes what they see opened.
func (e Excerpt) isGo() bool {
	for _, head := range []string{"", "func _() {\n"} {
		if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+head+e.Text, parser.SkipObjectResolution); err == nil {
			return true
		}
	}
	return false
}

func isElided(line string) bool { return strings.TrimSpace(line) == Elided }

// place finds the lines shown in code from a line on.
func place(shown, code []string, from int) ([]int, bool) {
	switch {
	case len(shown) == 0:
		return nil, from == len(code)
	case isElided(shown[0]):
		for next := from + 1; next <= len(code); next++ {
			if rest, ok := place(shown[1:], code, next); ok {
				return append([]int{-1}, rest...), true
			}
		}
		return nil, false
	case from == len(code) || shown[0] != code[from]:
		return nil, false
	}
	rest, ok := place(shown[1:], code, from+1)
	return append([]int{from}, rest...), ok
}

// What it costs to make one line of an excerpt what the code has now.
const (
	changed = 1
	added   = 2
	gone    = 1000 // whoever chose to print it has to choose anew
)

// refocus brings an excerpt in focus to the code: lines that were changed or
// added among those shown are taken in. lost are the indexes of lines that the
// code does not have any more: then nothing else is told.
func refocus(shown, code []string) (fresh []string, lost []int) {
	cost := refocusCosts(shown, code)
	for i, j := 0, 0; i < len(shown) || j < len(code); {
		here := cost[i][j]
		switch {
		case i < len(shown) && isElided(shown[i]):
			if j < len(code) && here == cost[i+1][j+1] {
				fresh, i = append(fresh, shown[i]), i+1
			} else if j == len(code) {
				return nil, []int{i} // it would stand for nothing
			}
			j++
		case i < len(shown) && j < len(code) && here == cost[i+1][j+1]+exchange(shown[i], code[j]):
			fresh, i, j = append(fresh, code[j]), i+1, j+1
		case j < len(code) && here == cost[i][j+1]+added:
			fresh, j = append(fresh, code[j]), j+1
		default:
			lost, i = append(lost, i), i+1
		}
	}
	return fresh, lost
}

// refocusCosts returns at [i][j] what it costs to make shown[i:] of code[j:].
func refocusCosts(shown, code []string) [][]int {
	cost := make([][]int, len(shown)+1)
	for i := len(shown); i >= 0; i-- {
		cost[i] = make([]int, len(code)+1)
		for j := len(code); j >= 0; j-- {
			rest := len(code) - j
			switch {
			case i == len(shown):
				cost[i][j] = added * rest
			case isElided(shown[i]) && rest == 0:
				cost[i][j] = cost[i+1][j] + gone
			case isElided(shown[i]):
				cost[i][j] = min(cost[i+1][j+1], cost[i][j+1])
			default:
				cost[i][j] = cost[i+1][j] + gone
				if rest > 0 {
					cost[i][j] = min(cost[i][j], cost[i][j+1]+added, cost[i+1][j+1]+exchange(shown[i], code[j]))
				}
			}
		}
	}
	return cost
}

// exchange is what it costs to take one line for another.
func exchange(shown, code string) int {
	shown, code = strings.TrimSpace(shown), strings.TrimSpace(code)
	switch {
	case shown == code:
		return 0
	case len(near.Names(shown, []string{code})) > 0:
		return changed
	}
	return gone + added
}
