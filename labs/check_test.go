package labs

import (
	"fmt"
	"testing"

	"drydock/labs/tree"
	"drydock/testscripts"
)

// Whoever works on a lab sees from the start how much there is to do.
func TestTheNumberOfChecksStaysWhileOneWorks(t *testing.T) {
	load := func(name string) (testscripts.Script, error) {
		return testscripts.Script{Name: name, Text: "# One of " + name + "\nexec true\n\n# Two of " + name + "\nexec true\n"}, nil
	}
	l := Lab{ID: "part/one", Kind: Build, Scripts: []string{"first", "second", "third"}}
	r, uncompiled := Uncompiled(l, &tree.BuildError{}, load)
	if !uncompiled || len(r.Checks) != 1+6 {
		t.Errorf("code that does not compile: got %d checks, want that it compiles, and those of three scripts", len(r.Checks))
	}
	for failing := range 4 {
		var run []string
		reports, err := judge(l, load, func(s testscripts.Script) (testscripts.Report, error) {
			report := testscripts.Unreached(s)
			for i := range report.Checks {
				report.Checks[i].Reached, report.Checks[i].OK = true, len(run) < failing
			}
			run = append(run, s.Name)
			return report, nil
		})
		total := 0
		for _, r := range reports {
			total += len(r.Checks)
		}
		if want := min(failing+1, 3); err != nil || total != 6 || len(run) != want || Passed(l, reports) != (failing == 3) {
			t.Errorf("%d scripts pass: got %d checks after running %s, %v; want 6, %d run, and it passed only with all", failing, total, fmt.Sprint(run), err, want)
		}
	}
}
