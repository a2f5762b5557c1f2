package main

import (
	"bufio"
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
	"drydock/labs/progress"
	"drydock/labs/session"
	"drydock/labs/world"
	"drydock/lessons"
)

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
		Short: "find and repair several faults in a row",
		Long: `Opens one sandbox after the other, each with a fault in it: of the fix labs that
are named, of those of a lesson, or of all. Say the cause with answer "…" and
repair it; check tells how it stands, exit hands it in. There are no hints.

The result is kept with your progress, and so is every answer; an exam that
is not handed in stays there as such. While it lasts, no other terminal gives
help. With --seed a class has the same faults.`,
		ValidArgsFunction: completeBoth,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("seed") {
				f.seed = rand.Uint64N(session.MostSeed) + 1
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
	seedFlag(cmd, &f.seed, "take the faults that number `N` gives, as a whole class can")
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
var noHelp = []string{"start", "check", "hint", "answer", "reset", "solution", "code"}

// examCloses refuses, while an exam lasts, what gives help in any other terminal.
func (t *tutor) examCloses(verb string) error {
	if t.learner().InExam() || !slices.Contains(noHelp, verb) {
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
	m, err := t.learner().Machine()
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
		if err := t.sit(ctx, m, &session.Seat{Broken: session.Broken{Lab: l, Seed: f.seed, Exam: true}, Exam: e, N: n}); err != nil {
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
func (t *tutor) sit(ctx context.Context, m world.Machine, s *session.Seat) error {
	control, err := t.learner().Control("exam")
	if err != nil {
		return err
	}
	t.onRecord(s.Exam.Open(s.N))
	repaired := false
	for again := true; again; {
		t.brief(&s.Broken)
		var ended error
		if repaired, again, ended, err = s.Sit(ctx, m, control, t.examHost(s.Lab.Lesson())); err != nil {
			return err
		}
		if ended != nil {
			fmt.Fprint(t.out, "\nThe time is up.\n")
		}
	}
	t.onRecord(s.Exam.Close(s.N, repaired))
	return nil
}

// examHost is host for a fault of an exam: one exit too many, out of a shell in a
// shell, does not hand it in unasked.
func (t *tutor) examHost(lesson string) session.Host {
	host := t.host(lesson, "exam")
	work := host.Use
	host.Use = func(ctx context.Context, w *world.World) error {
		for {
			if err := work(ctx, w); err != nil || ctx.Err() != nil || t.handsIn() {
				return err
			}
		}
	}
	return host
}

// handsIn asks. Who is not there any more has handed in.
func (t *tutor) handsIn() bool {
	fmt.Fprint(t.out, "Hand this fault in as it is? [y/N] ")
	answer, err := bufio.NewReader(t.in).ReadString('\n')
	return err != nil || strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "y")
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
			t.sayAt("               it was: ", which[n].FaultNamed(r.Fault).Choice)
		}
	}
	if solved < of {
		return codeNotYet
	}
	return nil
}

// counted is a number with its noun: 1 fault, 2 faults.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
