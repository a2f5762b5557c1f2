package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/signal"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"drydock/labs"
	"drydock/labs/fault"
	"drydock/labs/progress"
	"drydock/labs/world"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
)

// seat is where one fault of an exam is worked on.
type seat struct {
	broken
	known atomic.Bool // the cause was said; the sandbox's calls come at once
}

// examFlags say what an exam is like.
type examFlags struct {
	minutes int
	seed    uint64
}

// examCommand has the learner find and repair several faults in a row.
func examCommand(t *tutor) *cobra.Command {
	var f examFlags
	cmd := &cobra.Command{
		Use:   "exam [ID…]",
		Short: "find and repair several faults in a row, against the clock if you like",
		Long: `Opens one sandbox after the other, each with a fault in it: of the fix labs that
are named, of those of a lesson, or of all. Say the cause with answer "…" and
repair it; check tells how it stands, exit hands it in. There are no hints.

The result is kept with your progress. With --seed a class has the same faults.`,
		ValidArgsFunction: completeBoth,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("seed") {
				f.seed = rand.Uint64N(mostSeed) + 1
			}
			which, err := examLabs(args)
			if err != nil {
				return err
			}
			if !t.isTerminal() {
				return errors.New("an exam is sat at a terminal, and this is none")
			}
			return t.exam(cmd.Context(), which, f)
		},
	}
	cmd.Flags().IntVar(&f.minutes, "minutes", 0, "end it after `N` minutes")
	cmd.Flags().Uint64Var(&f.seed, "seed", 0, "take the faults that number `N` gives, for a class to have the same")
	return cmd
}

// examLabs are the fix labs that the ids name, each once; all without any.
func examLabs(ids []string) ([]labs.Lab, error) {
	all, err := labs.Labs()
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(l labs.Lab) bool {
		_, err := lessons.Find(l.Lesson())
		return l.Kind != labs.Fix || err != nil
	})
	if len(ids) == 0 {
		return all, nil
	}
	var which []labs.Lab
	for _, id := range ids {
		of := labs.Of(all, id)
		if len(of) == 0 {
			one, err := labs.Pick(all, id)
			if err != nil {
				return nil, fmt.Errorf("no fix lab is called %s, nor has a lesson of that name one; there are %s", id, listed(all))
			}
			of = []labs.Lab{one}
		}
		for _, l := range of {
			if !slices.ContainsFunc(which, func(other labs.Lab) bool { return other.ID == l.ID }) {
				which = append(which, l)
			}
		}
	}
	return which, nil
}

// listed are the ids of labs, for a sentence.
func listed(all []labs.Lab) string {
	var ids []string
	for _, l := range all {
		ids = append(ids, l.ID)
	}
	return strings.Join(ids, ", ")
}

// exam goes through the labs and keeps the result after each, so that nothing is
// lost when the terminal is closed.
func (t *tutor) exam(ctx context.Context, which []labs.Lab, f examFlags) error {
	// Ctrl-C is for what runs inside.
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), unix.SIGTERM, unix.SIGHUP)
	defer stop()
	m, err := t.machine(ctx)
	if err != nil {
		return err
	}
	e := progress.Exam{At: t.now(), Seed: f.seed, Minutes: f.minutes}
	intro := fmt.Sprintf("An exam of %s, seed %d.", counted(len(which), "fault"), f.seed)
	if f.minutes > 0 {
		limit := time.Duration(f.minutes) * time.Minute
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
		intro += fmt.Sprintf(" It ends in %s, at %s.", counted(f.minutes, "minute"), t.now().Add(limit).Format("15:04:05"))
	}
	t.say("%s\nSay the cause with answer \"…\", repair it, see with check; exit hands it in.\n", intro)
	for _, l := range which {
		e.Results = append(e.Results, progress.ExamResult{Lab: l.ID})
	}
	for n, l := range which {
		if ctx.Err() != nil {
			break
		}
		fmt.Fprintf(t.out, "\nFault %d of %d\n\n", n+1, len(which))
		result, err := t.sit(ctx, m, &seat{broken: broken{l, f.seed, true}})
		if err != nil {
			return err
		}
		e.Results[n] = result
		t.remember(func(s *progress.State) { s.Sit(e, t.now()) })
	}
	return t.printExam(e, which)
}

// sit has the learner work on one fault, and looks what became of it.
func (t *tutor) sit(ctx context.Context, m world.Machine, s *seat) (progress.ExamResult, error) {
	result := progress.ExamResult{Lab: s.lab.ID, Fault: s.lab.Fault(s.seed).Name}
	control, err := t.control("exam")
	if err != nil {
		return result, err
	}
	begun := t.now()
	for again := true; again; {
		t.brief(&s.broken)
		var reports []bool
		if reports, again, err = t.sitOnce(ctx, m, control, s); err != nil {
			return result, err
		}
		result.Repaired = len(reports) > 0 && reports[0]
	}
	result.Cause = s.known.Load()
	result.Seconds = t.now().Sub(begun).Seconds()
	return result, nil
}

// sitOnce opens the sandbox until its shell ends, the time is up, or a reset
// wants it again. It returns which reports of the check pass.
func (t *tutor) sitOnce(ctx context.Context, m world.Machine, control string, s *seat) (passed []bool, again bool, err error) {
	reset := make(chan struct{}, 1)
	inside := &session{lesson: s.lab.Lesson(), control: control, broken: &s.broken, exam: s, restart: func(*broken) {
		select {
		case reset <- struct{}{}:
		default: // one that is under way already is enough
		}
	}}
	w, err := m.Open(ctx, world.Options{Control: control, Serve: t.serve(inside)})
	if err != nil {
		return nil, false, err
	}
	defer w.Close()
	if err := furnish(ctx, w, nil, &s.broken); err != nil {
		return nil, false, err
	}
	shell, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- t.interact(shell, w, s.lab.Lesson(), "exam") }()
	select {
	case err = <-ended:
	case <-reset:
		cancel()
		<-ended
		return nil, true, nil
	}
	if errors.Is(err, context.DeadlineExceeded) {
		fmt.Fprint(t.out, "\nThe time is up.\n")
	} else if err != nil {
		return nil, false, err
	}
	// What was reached counts, also when the time has run out.
	reports, err := labs.JudgeFix(context.WithoutCancel(ctx), s.lab, w, labs.Said{Seed: s.seed, Cause: s.known.Load()})
	for _, r := range reports {
		passed = append(passed, r.Passed())
	}
	if errors.Is(err, sandbox.ErrEnded) {
		err = nil // they have ended process 1 and all with it: nothing is repaired
	}
	return passed, false, err
}

// examAnswer judges a cause without a word that would help.
func (t *tutor) examAnswer(l labs.Lab, said string) error {
	s := t.session.exam
	if v := l.Fault(s.seed).Judge(said, l.Faults); !v.Right {
		t.say("That is not the cause, or not all of it: %s.\n", strings.TrimSpace(l.Ask))
		return codeNotYet
	}
	s.known.Store(true)
	fmt.Fprintln(t.out, "That is the cause. Whether it is repaired: check")
	return nil
}

// printExam tells the result, with the causes of what was not solved.
func (t *tutor) printExam(e progress.Exam, which []labs.Lab) error {
	solved, of := e.Score()
	t.say("\n%d of %s solved, seed %d.\n", solved, counted(of, "fault"), e.Seed)
	for n, r := range e.Results {
		if r.Fault == "" {
			t.sayAt("  not reached  ", r.Lab)
			continue
		}
		mark, cause, repair := "not solved", "cause not said", "not repaired"
		if r.Solved() {
			mark = "solved"
		}
		if r.Cause {
			cause = "cause said"
		}
		if r.Repaired {
			repair = "repaired"
		}
		spent := time.Duration(r.Seconds * float64(time.Second)).Round(time.Second)
		t.sayAt(fmt.Sprintf("  %-11s  ", mark), fmt.Sprintf("%s: %s, %s, %s", r.Lab, cause, repair, spent))
		if !r.Solved() {
			t.sayAt("               it was: ", faultNamed(which[n], r.Fault).Choice)
		}
	}
	if solved < of {
		return codeNotYet
	}
	return nil
}

// faultNamed is a lab's fault of that name.
func faultNamed(l labs.Lab, name string) fault.Fault {
	for _, f := range l.Faults {
		if f.Name == name {
			return f
		}
	}
	return fault.Fault{}
}

// counted is a number with its noun: 1 fault, 2 faults.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
