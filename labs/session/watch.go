package session

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"drydock/labs"
	"drydock/labs/tree"
)

// watchEvery is how often Watch looks.
const watchEvery = 500 * time.Millisecond

// Onlooker is who is told what Watch sees.
type Onlooker struct {
	Changed    func([]Checked) // other checks pass than before, or what is compiled was saved
	Trouble    func(error)     // another one than before keeps a lab from a verdict
	Unrecorded func(error)     // what changed is not on record
	Waiting    func()          // it is not passed at once
}

// Watch checks again and again, and tells what changed, until all is passed: then it
// returns true. It returns false when ctx ends. What a learner has written is checked
// again when they have saved, and not while they are saving.
func (me Learner) Watch(ctx context.Context, which []labs.Lab, tell Onlooker) bool {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var before []bool
	said, waiting := "", false
	built := builds{saved: me.saved, check: me.CheckOne, of: map[string]build{}}
	for {
		all, troubles, isSettled, isNew := built.look(ctx, which)
		if ctx.Err() != nil {
			return false
		}
		if isSettled {
			if err := errors.Join(troubles...); err != nil && err.Error() != said {
				said = err.Error()
				tell.Trouble(err)
			}
			if now := findings(all); isNew || !slices.Equal(now, before) {
				tell.Changed(all)
				if err := me.Note(all); err != nil {
					tell.Unrecorded(err)
				}
				before = now
			}
			if Verdict(all, troubles...) == Done {
				return true
			}
			if !waiting {
				waiting = true
				tell.Waiting()
			}
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// builds are the verdicts on what was compiled, which hold until something is saved.
type builds struct {
	saved func() (string, error)
	check func(context.Context, labs.Lab) (Checked, error)
	of    map[string]build // by the lab
}

type build struct {
	saved   string
	verdict Checked
}

// look checks labs. Where somebody saved while it was compiled it is not settled: half
// of it may be of the old text. isNew says that a verdict is on another text.
func (b builds) look(ctx context.Context, which []labs.Lab) (all []Checked, troubles []error, isSettled, isNew bool) {
	fresh := map[string]build{}
	for _, l := range which {
		before, err := b.saved()
		if last, ok := b.of[l.ID]; l.Kind == labs.Build && err == nil && ok && last.saved == before {
			all = append(all, last.verdict)
			continue
		}
		c, trouble := b.check(ctx, l)
		if after, err := b.saved(); l.Kind == labs.Build && err == nil && after != before {
			return nil, nil, false, false
		}
		if trouble != nil {
			troubles = append(troubles, noVerdict(l, trouble))
			continue
		}
		all = append(all, c)
		if l.Kind == labs.Build && err == nil {
			fresh[l.ID] = build{before, c}
		}
	}
	maps.Copy(b.of, fresh)
	return all, troubles, true, len(fresh) > 0
}

// saved tells what the learner's tree holds from what it held before.
func (me Learner) saved() (string, error) {
	config, err := tree.Default(me.Getenv)
	if err != nil {
		return "", err
	}
	return tree.Saved(config.Dir)
}

// findings are the parts of results that differ only when the world does: logs
// have times in them, and what was found may have process ids.
func findings(all []Checked) (marks []bool) {
	for _, c := range all {
		for _, r := range c.Reports {
			for _, check := range r.Checks {
				marks = append(marks, check.OK)
			}
		}
	}
	return marks
}
