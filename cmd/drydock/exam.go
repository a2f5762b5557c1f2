package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"drydock/labs"
	"drydock/labs/exam"
	"drydock/labs/fault"
	"drydock/labs/progress"
	"drydock/labs/world"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
)

// seat is where one fault of an exam is worked on.
type seat struct {
	broken
	exam *exam.Exam
	n    int // which of its faults it is, from 0
}

// known tells whether the cause was said.
func (s *seat) known() bool { return s.exam.Known(s.n) }

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

The result is kept with your progress, and so is every answer; an exam that is not
handed in stays there as such. While it lasts, no other terminal gives help. With
--seed a class has the same faults.`,
		ValidArgsFunction: completeBoth,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("seed") {
				f.seed = rand.Uint64N(mostSeed) + 1
			}
			if cmd.Flags().Changed("minutes") && (f.minutes < 1 || f.minutes > exam.MostMinutes) {
				return fmt.Errorf("--minutes %d: want 1 to %d", f.minutes, exam.MostMinutes)
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

// examLabs are the fix labs that the ids name, of lessons that there are.
func examLabs(ids []string) ([]labs.Lab, error) {
	all, err := labs.Labs()
	if err != nil {
		return nil, err
	}
	return exam.Pick(slices.DeleteFunc(all, func(l labs.Lab) bool {
		_, err := lessons.Find(l.Lesson())
		return err != nil
	}), ids)
}

// noHelp are the verbs that would sit an exam for the learner.
var noHelp = []string{"start", "check", "hint", "answer", "reset", "solution"}

// examCloses refuses, while an exam lasts, what gives help in any other terminal.
func (t *tutor) examCloses(verb string) error {
	if t.session != nil && t.session.exam != nil || !slices.Contains(noHelp, verb) {
		return nil
	}
	store, err := t.progress()
	if err != nil || !exam.UnderWay(store) {
		return nil // the verb itself says what is wrong with the store
	}
	err = fmt.Errorf("an exam is under way: there is no %s until it is handed in, with exit in its terminal", verb)
	if verb == "check" {
		t.warn(err.Error())
		return codeNoAnswer // nothing was found out, and nothing is wrong
	}
	return err
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
	store, err := t.progress()
	if err != nil {
		return err
	}
	e, err := exam.Begin(store, which, exam.Rules{Seed: f.seed, Minutes: f.minutes, Now: t.now})
	if err != nil {
		return err
	}
	defer func() { t.onRecord(e.End()) }()
	intro := fmt.Sprintf("An exam of %s, seed %d.", counted(len(which), "fault"), f.seed)
	if f.minutes > 0 {
		limit := time.Duration(f.minutes) * time.Minute
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
		intro += fmt.Sprintf(" It ends in %s, at %s.", counted(f.minutes, "minute"), t.now().Add(limit).Format("15:04:05"))
	}
	t.say("%s\nSay the cause with answer \"…\", repair it, see with check; exit hands it in.\n", intro)
	for n, l := range which {
		if ctx.Err() != nil {
			break
		}
		fmt.Fprintf(t.out, "\nFault %d of %d\n\n", n+1, len(which))
		if err := t.sit(ctx, m, &seat{broken{l, f.seed, true}, e, n}); err != nil {
			return err
		}
	}
	return t.printExam(e.Record(), which)
}

// onRecord warns of what of an exam could not be put on record.
func (t *tutor) onRecord(err error) {
	if err != nil {
		t.warn("this is not on record: " + err.Error())
	}
}

// sit has the learner work on one fault, and looks what became of it.
func (t *tutor) sit(ctx context.Context, m world.Machine, s *seat) error {
	control, err := t.control("exam")
	if err != nil {
		return err
	}
	t.onRecord(s.exam.Open(s.n))
	repaired := false
	for again := true; again; {
		t.brief(&s.broken)
		var reports []bool
		if reports, again, err = t.sitOnce(ctx, m, control, s); err != nil {
			return err
		}
		repaired = len(reports) > 0 && reports[0]
	}
	t.onRecord(s.exam.Close(s.n, repaired))
	return nil
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
	reports, err := labs.JudgeFix(context.WithoutCancel(ctx), s.lab, w, labs.Said{Seed: s.seed, Cause: s.known()})
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
	right, err := s.exam.Answer(s.n, said)
	t.onRecord(err)
	if !right {
		t.say("That is not the cause, or not all of it: %s.\n", strings.TrimSpace(l.Ask))
		return codeNotYet
	}
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
