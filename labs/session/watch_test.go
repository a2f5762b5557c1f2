package session

import (
	"context"
	"errors"
	"testing"

	"drydock/labs"
)

// Whoever looks on compiles when something was saved, and what was saved meanwhile is
// no verdict on either text.
func TestWhatIsCompiledIsLookedAtOncePerSave(t *testing.T) {
	text, checks, meanwhile := "one", 0, ""
	var trouble error
	b := builds{
		saved: func() (string, error) { return text, nil },
		check: func(_ context.Context, l labs.Lab) (Checked, error) {
			checks++
			if meanwhile != "" {
				text, meanwhile = meanwhile, ""
			}
			return Checked{ID: l.ID}, trouble
		},
		of: map[string]build{},
	}
	written := []labs.Lab{{ID: "a/b", Kind: labs.Build}}
	look := func(when string, which []labs.Lab, settled, isNew bool, ran int) {
		t.Helper()
		checks = 0
		all, troubles, isSettled, fresh := b.look(t.Context(), which)
		if isSettled != settled || fresh != isNew || checks != ran || settled && len(all)+len(troubles) != len(which) {
			t.Errorf("%s: got %v, %v, settled %v, new %v after %d checks; want %v, %v, %d", when, all, troubles, isSettled, fresh, checks, settled, isNew, ran)
		}
	}
	look("at first", written, true, true, 1)
	look("nothing was saved", written, true, false, 0)
	text = "two"
	look("it was saved", written, true, true, 1)
	text, meanwhile = "three", "four"
	look("it was saved while it was compiled", written, false, false, 1)
	look("then it stayed", written, true, true, 1)
	text, trouble = "five", errors.New("the disk is full")
	look("there is no verdict", written, true, false, 1)
	look("there still is none", written, true, false, 1)
	typed := []labs.Lab{{ID: "a/c", Kind: labs.Do}}
	trouble = nil
	look("what is done in a sandbox", typed, true, false, 1)
	look("is looked at each time", typed, true, false, 1)
}
