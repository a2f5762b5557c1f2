package text

import (
	"fmt"
	"io"
	"os"
	"strings"

	"drydock/cmd/box/applet"
)

// diff shows which lines two files differ in, as hunks with three lines around
// each change. Its status is 1 if they do, 2 if it could not look. See diff(1), -u.
func diff(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "u|unified q|brief")
	if !ok {
		return status
	}
	if len(names) != 2 {
		return e.Misuse("two files are needed")
	}
	var texts [2][]string
	for i, name := range names {
		text, err := readWhole(e, name)
		if err != nil {
			e.Fail(name, err)
			return applet.Misused
		}
		texts[i] = strings.SplitAfter(string(text), "\n")
		if last := len(texts[i]) - 1; texts[i][last] == "" {
			texts[i] = texts[i][:last]
		}
	}
	edits := changes(texts[0], texts[1])
	switch {
	case len(edits) == 0:
		return applet.OK
	case f.Has("q"):
		fmt.Fprintf(e.Out, "Files %s and %s differ\n", names[0], names[1])
	default:
		fmt.Fprintf(e.Out, "--- %s\n+++ %s\n", names[0], names[1])
		printHunks(e.Out, texts, edits)
	}
	return applet.Failed
}

func readWhole(e *applet.Env, name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(e.In)
	}
	return os.ReadFile(name)
}

// edit says that the lines from..to of the first text are fromB..toB of the second.
type edit struct{ from, to, fromB, toB int }

// changes finds the longest common subsequence of lines, by the table of its
// lengths, and returns what lies between. See Hunt and McIlroy, 1976.
func changes(a, b []string) (edits []edit) {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	longest := make([][]int32, endA-start+1)
	for i := range longest {
		longest[i] = make([]int32, endB-start+1)
	}
	for i := endA - 1; i >= start; i-- {
		for j := endB - 1; j >= start; j-- {
			if a[i] == b[j] {
				longest[i-start][j-start] = longest[i-start+1][j-start+1] + 1
			} else {
				longest[i-start][j-start] = max(longest[i-start+1][j-start], longest[i-start][j-start+1])
			}
		}
	}
	for i, j := start, start; i < endA || j < endB; {
		if i < endA && j < endB && a[i] == b[j] {
			i, j = i+1, j+1
			continue
		}
		change := edit{i, i, j, j}
		for i < endA || j < endB {
			switch {
			case i < endA && j < endB && a[i] == b[j]:
			case j >= endB || i < endA && longest[i-start+1][j-start] >= longest[i-start][j-start+1]:
				i++
				continue
			default:
				j++
				continue
			}
			break
		}
		change.to, change.toB = i, j
		edits = append(edits, change)
	}
	return edits
}

// printHunks prints the changes, those together that are near.
func printHunks(out io.Writer, texts [2][]string, edits []edit) {
	const around = 3
	for len(edits) > 0 {
		together := 1
		for together < len(edits) && edits[together].from-edits[together-1].to <= 2*around {
			together++
		}
		first, last := edits[0], edits[together-1]
		from, to := max(0, first.from-around), min(len(texts[0]), last.to+around)
		fromB := first.fromB - (first.from - from)
		toB := last.toB + (to - last.to)
		fmt.Fprintf(out, "@@ -%s +%s @@\n", lineRange(from, to), lineRange(fromB, toB))
		at := from
		for _, each := range edits[:together] {
			printLines(out, " ", texts[0][at:each.from])
			printLines(out, "-", texts[0][each.from:each.to])
			printLines(out, "+", texts[1][each.fromB:each.toB])
			at = each.to
		}
		printLines(out, " ", texts[0][at:to])
		edits = edits[together:]
	}
}

// lineRange is a range as hunks have it: the first line, and how many.
func lineRange(from, to int) string {
	switch to - from {
	case 0:
		return fmt.Sprintf("%d,0", from)
	case 1:
		return fmt.Sprint(from + 1)
	}
	return fmt.Sprintf("%d,%d", from+1, to-from)
}

func printLines(out io.Writer, mark string, lines []string) {
	for _, each := range lines {
		io.WriteString(out, mark+each)
		if !strings.HasSuffix(each, "\n") {
			io.WriteString(out, "\n\\ No newline at end of file\n")
		}
	}
}
