package main

import (
	"context"

	"github.com/spf13/cobra"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/lessons"
	"drydock/lessons/render"
)

// readFlags say how a lesson is shown; next and back share them.
type readFlags struct {
	step                             int
	plain, teacher, answers, noPager bool
	inside                           bool // it is read in the sandbox
}

func (f *readFlags) define(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.plain, "plain", false, "no colours, no drawings: for screen readers and pipes")
	cmd.Flags().BoolVar(&f.answers, "answers", false, "say which answers to the questions are right, and why")
	cmd.Flags().BoolVar(&f.noPager, "no-pager", false, "print all at once")
}

// readCommand shows a lesson, or one step of it.
func readCommand(t *tutor) *cobra.Command {
	var f readFlags
	cmd := &cobra.Command{
		Use:   "read LESSON",
		Short: "show a lesson, by its id or number",
		Args:  oneArg("lesson"),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := lessons.Find(args[0])
			if err != nil {
				return err
			}
			text, err := t.render(l, f)
			if err != nil {
				return err
			}
			t.remember(func(s *progress.State) {
				s.Open(l.ID, f.step, t.now())
				if f.step > 0 { // all of it was read
					s.Lesson(l.ID).Beat = len(l.Beats(f.step)) - 1
				}
			})
			return t.show(cmd.Context(), text, f)
		},
	}
	f.define(cmd)
	cmd.Flags().IntVar(&f.step, "step", 0, "show step `N` only")
	cmd.Flags().BoolVar(&f.teacher, "teacher", false, "with the section for whoever teaches it")
	return cmd
}

// render makes the text of a whole lesson (step 0) or of one step.
func (t *tutor) render(l lessons.Lesson, f readFlags) (string, error) {
	l, o, err := t.prepare(l, f)
	switch {
	case err != nil:
		return "", err
	case f.step == 0:
		return render.Lesson(l, o), nil
	}
	return render.Step(l, f.step, o)
}

// renderBeat makes the text of the beat where the learner is.
func (t *tutor) renderBeat(l lessons.Lesson, f readFlags) (string, error) {
	state := t.state()
	record := state.Lesson(l.ID)
	at := render.Spot{Step: max(1, record.Step), Beat: record.Beat}
	if at.Step <= len(l.Steps) {
		// Under the question as the file has it, before commands are renamed.
		at.Said = record.Said[lessons.Answered(l.Beats(at.Step), at.Beat)]
	}
	l, o, err := t.prepare(l, f)
	if err != nil {
		return "", err
	}
	o.Quiet, o.Lacking, o.Without = o.Inside && !t.recorded, t.lacking, t.without
	return render.Beat(t.forHere(l), at, o)
}

// prepare makes a lesson ready for where it is read: commands are named as they
// have to be typed there.
func (t *tutor) prepare(l lessons.Lesson, f readFlags) (lessons.Lesson, render.Options, error) {
	o := t.style(f.plain)
	o.Teacher, o.Answers, o.Inside, o.Program = f.teacher, f.answers, f.inside || t.session != nil, t.program
	all, err := labs.Labs()
	if err != nil {
		return l, o, err
	}
	named := t.here
	if o.Inside {
		named = t.inside
	}
	o.Tasks = map[string]string{}
	for _, lab := range labs.Of(all, l.ID) {
		o.Tasks[lab.ID] = named(lab.OnPage())
	}
	if o.Then, err = following(l); err != nil {
		return l, o, err
	}
	l, err = lessons.Parse(l.Path, []byte(named(string(l.Source))))
	return l, o, err
}

// remember writes progress. That it cannot be written (no home, full disk) is
// said, and is no reason to keep the lesson from its reader.
func (t *tutor) remember(change func(*progress.State)) {
	t.learner().Remember(change)
}

// record is remember for who has more to say when it fails.
func (t *tutor) record(change func(*progress.State)) error {
	return t.learner().Record(change)
}

// show prints through a pager, unless told otherwise.
func (t *tutor) show(ctx context.Context, text string, f readFlags) error {
	switch {
	case f.noPager:
		return render.Page(t.out, text, "")
	case t.session != nil:
		return t.leaf(ctx, text)
	}
	return render.Page(t.out, text, render.PagerCommand(t.lookup))
}
