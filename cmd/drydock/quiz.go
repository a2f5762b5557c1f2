package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"drydock/labs/quiz"
	"drydock/labs/sheet"
	"drydock/lessons"
	"drydock/lessons/render"
)

// quizCommand asks a lesson's questions.
func quizCommand(t *tutor) *cobra.Command {
	var again bool
	cmd := &cobra.Command{
		Use:   "quiz [LESSON]",
		Short: "answer the questions of a lesson",
		Long: `Asks the questions of a lesson, by default of the one you are in, and explains
your answer at once. Answer with a letter, or with several where several are
right. Each answer is stored as you give it: Ctrl-C loses nothing, and the next
quiz asks what you have not answered rightly yet; with --all, every question.

Without a terminal the answers are read from standard input, a line each.`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeLessons,
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := t.quizLesson(args)
			if err != nil {
				return err
			}
			if err := t.quiz(cmd.Context(), l, again); err != nil {
				return err
			}
			if here, err := t.quizLesson(nil); err == nil && here.ID == l.ID {
				t.tellGoOn()
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&t.plain, "plain", false, "no colours: for screen readers and pipes")
	cmd.Flags().BoolVar(&again, "all", false, "ask every question, those answered rightly too")
	return cmd
}

// quizLesson is the lesson that was named, that of the sandbox, or the current.
func (t *tutor) quizLesson(args []string) (lessons.Lesson, error) {
	switch {
	case len(args) > 0:
		return lessons.Find(args[0])
	case isInside() && t.getenv("DRYDOCK_LESSON") != "":
		return lessons.Find(t.getenv("DRYDOCK_LESSON"))
	}
	return t.current()
}

// quiz asks until all is answered or the learner goes. again has it ask what was
// answered rightly, too.
func (t *tutor) quiz(ctx context.Context, l lessons.Lesson, again bool) error {
	// Answers are stored one by one: all that Ctrl-C ends is the asking.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	if t.in == nil {
		return errors.New("nobody is there to answer: standard input is closed")
	}
	in, err := newLines(ctx, t.in)
	if err != nil {
		return err
	}
	defer in.close()
	q := &asking{tutor: t, in: in, style: t.style(t.plain), lesson: l, talks: t.isTerminal()}
	if q.sheet, err = t.answerSheet(l.ID); err != nil {
		return err
	}
	items := quiz.New(l)
	if len(items) == 0 {
		return fmt.Errorf("lesson %s has no questions", l.ID)
	}
	open := q.open(items, again)
	if len(open) == 0 {
		q.say("%s: all %d questions are right. Once more: %s --all\n", l.ID, len(items), q.typed("quiz "+l.ID))
		return nil
	}
	err = q.askAll(items, open)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err != nil {
		q.interrupted(items)
		return codeNotYet
	}
	q.conclude(items)
	return nil
}

// asking is one run through the questions.
type asking struct {
	*tutor
	in     *lines
	style  render.Options
	lesson lessons.Lesson
	sheet  sheet.Sheet
	talks  bool // with a person, who sees a prompt and may mistype
}

// open are the places of the questions to ask: of all, or of those that are not
// answered rightly yet.
func (q *asking) open(items []quiz.Item, all bool) []int {
	var open []int
	for n, item := range items {
		if all || !q.sheet.Answers[quiz.Key(item.Question)].Right {
			open = append(open, n)
		}
	}
	if right := len(items) - len(open); right > 0 && len(open) > 0 {
		q.say("%d of %d right already; --all asks these again, too.\n\n", right, len(items))
	}
	return open
}

func (q *asking) askAll(items []quiz.Item, open []int) error {
	for _, n := range open {
		label := fmt.Sprintf("Question %d of %d", n+1, len(items))
		if items[n].Several() {
			label += ", several answers are right"
		}
		fmt.Fprint(q.out, render.Choices(label, items[n].Text, items[n].Choices(), q.style), "\n")
		if err := q.ask(items[n]); err != nil {
			return err
		}
	}
	return nil
}

// ask reads one answer, explains and stores it. io.EOF says that the learner
// has gone.
func (q *asking) ask(item quiz.Item) error {
	for {
		if q.talks {
			fmt.Fprint(q.out, "Your answer: ")
		}
		line, err := q.in.next()
		if err != nil {
			return err
		}
		if q.talks && slices.Contains([]string{"q", "quit", "exit"}, strings.TrimSpace(line)) {
			return io.EOF
		}
		chosen, err := item.Read(line)
		if err != nil && q.talks {
			q.say("%s. q leaves the quiz.\n", upperFirst(err.Error()))
			continue
		}
		if err != nil { // to go on would give this question the next one's line
			return fmt.Errorf("%w; the answers before it are kept", err)
		}
		// Stored first: what was answered is answered, whatever happens now.
		a, err := q.sheet.Save(quiz.Key(item.Question), chosen)
		if err != nil {
			return err
		}
		q.sheet.Answers[quiz.Key(item.Question)] = a
		q.explain(item, chosen)
		return nil
	}
}

// explain says whether the choice was right, and why each chosen answer is or
// is not; then which one would have been.
func (q *asking) explain(item quiz.Item, chosen []int) {
	verdict := "**Not right.**"
	if item.Right(chosen) {
		verdict = "**Right.**"
	}
	text := verdict
	for _, n := range chosen {
		text += " " + q.why(item, n, len(chosen) > 1)
	}
	if missed := item.Missed(chosen); len(missed) > 0 {
		text += fmt.Sprintf("\n\nRight is **%s**:", item.Letters(missed))
		for _, n := range missed {
			text += " " + q.why(item, n, len(missed) > 1)
		}
	}
	fmt.Fprint(q.out, "\n", render.Text(text, q.style), "\n")
}

func (q *asking) why(item quiz.Item, answer int, named bool) string {
	if named {
		return fmt.Sprintf("**%s)** %s", item.Letters([]int{answer}), item.Answers[answer].Why)
	}
	return item.Answers[answer].Why
}

// interrupted says what is kept of a quiz that was called off.
func (q *asking) interrupted(items []quiz.Item) {
	answered, right := 0, 0
	for _, item := range items {
		answer, ok := q.sheet.Answers[quiz.Key(item.Question)]
		answered += count(ok)
		right += count(answer.Right)
	}
	if q.talks {
		fmt.Fprintln(q.out) // the prompt stands there, without an answer
	}
	q.say("%d of %d answered, %d right, and kept. To go on: %s\n", answered, len(items), right, q.typed("quiz "+q.lesson.ID))
}

// conclude says how it stands once every question was answered.
func (q *asking) conclude(items []quiz.Item) {
	right, first := 0, 0
	for _, item := range items {
		a := q.sheet.Answers[quiz.Key(item.Question)]
		right += count(a.Right)
		first += count(a.FirstRight)
	}
	q.say("%s: %d of %d right; at the first try: %d.\n", q.lesson.ID, right, len(items), first)
	if again := q.typed("quiz " + q.lesson.ID); right < len(items) {
		q.say("What is not right yet: %s\n", again)
	} else {
		q.say("Once more: %s --all\n", again)
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
