package console

import "strings"

// Wild stands for any text within a line and, alone on a line, for any lines.
const Wild = "…"

// Match reports whether output is what a lesson shows. White space at the end
// of a line does not count: markdown editors strip it.
func Match(shown []string, output []string) bool {
	if len(shown) == 0 {
		return len(output) == 0
	}
	if isAnyLines(shown[0]) {
		for skip := range len(output) + 1 {
			if Match(shown[1:], output[skip:]) {
				return true
			}
		}
		return false
	}
	return len(output) > 0 && matchLine(shown[0], output[0]) && Match(shown[1:], output[1:])
}

func isAnyLines(line string) bool { return strings.TrimSpace(line) == Wild }

// matchLine compares one line, in which Wild stands for any text.
func matchLine(shown, line string) bool {
	pieces := strings.Split(trimRight(shown), Wild)
	line = trimRight(line)
	rest, ok := strings.CutPrefix(line, pieces[0])
	if !ok || len(pieces) == 1 {
		return ok && rest == ""
	}
	last := pieces[len(pieces)-1]
	for _, p := range pieces[1 : len(pieces)-1] {
		_, after, found := strings.Cut(rest, p)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, last)
}

func trimRight(s string) string { return strings.TrimRight(s, " \t\r") }

// Update returns what a lesson should show for output: the lines of output,
// with the old line in the place of each that it still matches, so that the
// wildcards an author put in stay.
//
// It is the cheapest edit from shown to output, where a line that goes, comes
// or changes costs one, a line that matches costs nothing, and a line of only
// Wild takes in any number of lines for nothing.
func Update(shown []string, output []string) []string {
	cost := costs(shown, output)
	var updated []string
	for i, j := 0, 0; i < len(shown) || j < len(output); {
		switch {
		case i < len(shown) && isAnyLines(shown[i]):
			// Take in no more lines than is cheapest: they are lost to the
			// comparison from then on.
			for j < len(output) && cost[i][j] == cost[i][j+1] && cost[i][j] != cost[i+1][j] {
				j++
			}
			updated = append(updated, shown[i])
			i++
		case i < len(shown) && j < len(output) && matchLine(shown[i], output[j]) && cost[i][j] == cost[i+1][j+1]:
			updated = append(updated, shown[i])
			i, j = i+1, j+1
		case i < len(shown) && j < len(output) && cost[i][j] == cost[i+1][j+1]+1:
			updated = append(updated, trimRight(output[j]))
			i, j = i+1, j+1
		case i < len(shown) && cost[i][j] == cost[i+1][j]+1:
			i++
		default:
			updated = append(updated, trimRight(output[j]))
			j++
		}
	}
	return updated
}

// costs returns at [i][j] what it costs to turn shown[i:] into output[j:].
func costs(shown, output []string) [][]int {
	cost := make([][]int, len(shown)+1)
	for i := len(shown); i >= 0; i-- {
		cost[i] = make([]int, len(output)+1)
		for j := len(output); j >= 0; j-- {
			switch {
			case i == len(shown):
				cost[i][j] = len(output) - j
			case isAnyLines(shown[i]):
				cost[i][j] = cost[i+1][j]
				if j < len(output) {
					cost[i][j] = min(cost[i][j], cost[i][j+1])
				}
			default:
				cost[i][j] = 1 + cost[i+1][j]
				if j < len(output) {
					cost[i][j] = min(cost[i][j], 1+cost[i][j+1], 1+cost[i+1][j+1])
				}
				if j < len(output) && matchLine(shown[i], output[j]) {
					cost[i][j] = min(cost[i][j], cost[i+1][j+1])
				}
			}
		}
	}
	return cost
}
