package main

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"

	"drydock/testscripts/vm/plan"
)

// A tally reads what a test program prints and counts verdicts in it.
type tally struct {
	name           string
	verbose        bool // print every line as it comes
	passed, failed int
	skipped        []string // each with its reason
	orphans        []string // processes that outlived the program

	output  []line
	current string          // the test whose output comes now, "" for nobody's
	last    string          // its last line: a skipped test's is the reason
	fine    map[string]bool // tests that passed or were skipped
}

// A line of output belongs to the test that printed it.
type line struct{ test, text string }

// Lines that -test.v=test2json marks with ^V (cmd/test2json): verdicts, and the
// beginnings of a test's output. A test that printed no newline leaves its text
// before the mark.
var (
	verdict = regexp.MustCompile(`^--- (PASS|FAIL|SKIP): (\S+) `)
	turn    = regexp.MustCompile(`^=== (?:RUN|CONT|NAME|PAUSE) *(\S*)`)
)

// read reads the program's output to its end.
func (t *tally) read(r io.Reader) {
	t.fine = map[string]bool{}
	for lines := bufio.NewReader(r); ; {
		text, err := lines.ReadString('\n')
		if text = strings.TrimRight(text, "\n"); text != "" || err == nil {
			before, mark, marked := strings.Cut(text, "\x16")
			if before != "" || !marked {
				t.print(before)
			}
			if marked {
				t.mark(mark)
			}
		}
		if err != nil {
			return
		}
	}
}

// print takes a line that a test, or the program outside of its tests, printed.
func (t *tally) print(text string) {
	t.last = text
	t.output = append(t.output, line{t.current, text})
	if t.verbose {
		fmt.Println(text)
	}
}

// mark takes a line of the test framework's own.
func (t *tally) mark(text string) {
	if t.verbose {
		fmt.Println(text)
	}
	if m := turn.FindStringSubmatch(text); m != nil {
		t.current = m[1]
		return
	}
	m := verdict.FindStringSubmatch(text)
	if m == nil {
		t.output = append(t.output, line{"", text})
		return
	}
	t.current = m[2]
	switch m[1] {
	case "PASS":
		t.passed++
		t.fine[m[2]] = true
	case "SKIP":
		t.skipped = append(t.skipped, m[2]+": "+strings.TrimSpace(t.last))
		t.fine[m[2]] = true
	case "FAIL":
		t.failed++
		t.output = append(t.output, line{m[2], text})
	}
}

// complaints is the output without that of tests with which all is well. What
// belongs to no test stays: a panic's trace, a race's.
func (t *tally) complaints() []string {
	var all []string
	for _, l := range t.output {
		if !t.fine[l.test] {
			all = append(all, l.text)
		}
	}
	return all
}

// show prints one line on a program that passed, and what is wrong with one that
// did not. Skipped tests are always named: this machine is made to have whatever
// tests need.
func (t *tally) show(r plan.Result) {
	if !r.OK() && !t.verbose {
		fmt.Println(strings.Join(t.complaints(), "\n"))
	}
	for _, s := range t.skipped {
		fmt.Println("skipped:", s)
	}
	for _, l := range r.Left {
		fmt.Println("left behind:", l)
	}
	word := "ok"
	if !r.OK() {
		word = "FAIL"
	}
	fmt.Printf("%-4s %s: %d passed, %d failed, %d skipped, %.1fs %s\n",
		word, t.name, r.Passed, r.Failed, r.Skipped, r.Seconds, r.Problem)
}
