package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"drydock/testscripts/vm/plan"
)

// summarize prints what came of each planned program, and of those that never
// had their turn that they did not.
func summarize(w io.Writer, p plan.Plan, results []plan.Result) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	var all plan.Result
	for i, program := range p.Programs {
		if i >= len(results) {
			fmt.Fprintf(table, "FAIL\t%s\tdid not end\n", program)
			continue
		}
		r := results[i]
		word := "ok"
		if !r.OK() {
			word = "FAIL"
		}
		fmt.Fprintf(table, "%s\t%s\t%d passed, %d failed, %d skipped\t%.1fs\t%s\n",
			word, r.Name, r.Passed, r.Failed, r.Skipped, r.Seconds, r.Problem)
		all.Passed += r.Passed
		all.Failed += r.Failed
		all.Skipped += r.Skipped
	}
	table.Flush()
	fmt.Fprintf(w, "%d programs: %d passed, %d failed, %d skipped\n", len(results), all.Passed, all.Failed, all.Skipped)
}

// judge returns an error unless every planned program ran and passed, and at
// least one test did. With some tests chosen by name a program may be left with
// none of them.
func judge(p plan.Plan, results []plan.Result, chosen bool) error {
	passed, bad := 0, 0
	for _, r := range results {
		passed += r.Passed
		if !r.OK() || !chosen && r.Passed+r.Skipped == 0 {
			bad++
		}
	}
	switch {
	case bad > 0:
		return fmt.Errorf("%d of %d programs failed", bad, len(p.Programs))
	case len(results) != len(p.Programs):
		return fmt.Errorf("only %d of %d programs ran", len(results), len(p.Programs))
	case passed == 0:
		return errors.New("no test ran")
	}
	return nil
}
