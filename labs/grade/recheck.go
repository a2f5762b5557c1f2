package grade

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"drydock/labs"
	"drydock/labs/tree"
	"drydock/testscripts"
)

// Recheck is what a check found now.
type Recheck struct {
	Passed bool   `json:"passed"`
	Found  string `json:"found,omitempty"` // what is not as it should be
}

// Checker says whether a lab is done in the learner's tree, with the reports of it.
type Checker func(ctx context.Context, l labs.Lab) (passed bool, reports []testscripts.Report, err error)

// Again checks each build lab that was passed, or begun. A lab of which nothing is
// written in the tree is one that does not pass; the error is for what prevents a
// verdict.
func (r *LearnerReport) Again(ctx context.Context, all []labs.Lab, check Checker) error {
	for i := range r.Lessons {
		for j := range r.Lessons[i].Labs {
			lab := &r.Lessons[i].Labs[j]
			if lab.Kind != labs.Build || lab.Status == "" {
				continue
			}
			l, err := labs.Pick(all, lab.Lab)
			if err != nil {
				return err
			}
			passed, reports, err := check(ctx, l)
			if unknown := new(tree.UnknownLabError); errors.As(err, &unknown) {
				lab.Recheck = &Recheck{Found: unknown.Error()}
				continue
			}
			if err != nil {
				return fmt.Errorf("checking %s again: %w", l.ID, err)
			}
			lab.Recheck = &Recheck{Passed: passed, Found: amiss(reports)}
		}
	}
	return nil
}

// amiss says what checks did not find as expected.
func amiss(reports []testscripts.Report) string {
	var all []string
	for _, r := range reports {
		for _, c := range r.Checks {
			if c.Reached && !c.OK {
				all = append(all, fmt.Sprintf("%s: found %s, expected %s", c.Title, c.Found, c.Expected))
			}
		}
	}
	return strings.Join(all, "\n")
}
