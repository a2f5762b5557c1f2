package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"drydock/labs"
	"drydock/labs/grade"
	"drydock/lessons"
	"drydock/testscripts"
)

// gradeFlags say whose progress is graded, and how it is written.
type gradeFlags struct {
	format  string
	class   []string
	recheck bool
}

// gradeCommand sums up for a teacher what learners have done.
func gradeCommand(t *tutor) *cobra.Command {
	var f gradeFlags
	cmd := &cobra.Command{
		Use:   "grade [FILE|DIR…]",
		Short: "for teachers: sum up what a learner, or a class, has done",
		Long: `Sums up, lesson by lesson and lab by lab: passed when, after how many checks and
hints, whether the solution was seen first, and how the questions were answered.
Without files it is about your own progress; with files, which learners make by
drydock progress --export FILE, or folders of them, about a class.

Formats: text to read, csv for a spreadsheet, junit for a build server, json for
programs (documented at package drydock/labs/grade).`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.class = append(f.class, args...)
			return t.grade(cmd.Context(), f)
		},
	}
	cmd.Flags().StringVar(&f.format, "format", string(grade.Text), "text, json, csv or junit")
	cmd.Flags().StringArrayVar(&f.class, "class", nil, "grade the exports in `FILE|DIR`; may be given again")
	cmd.Flags().BoolVar(&f.recheck, "recheck", false, "check the build labs of your own tree again")
	cmd.ValidArgsFunction = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
	cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json", "csv", "junit"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (t *tutor) grade(ctx context.Context, f gradeFlags) error {
	if !slices.Contains(grade.Formats(), grade.Format(f.format)) {
		return fmt.Errorf("unknown format %q: it is one of text, json, csv, junit", f.format)
	}
	if f.recheck && len(f.class) > 0 {
		return errors.New("an export holds no code to check again: --recheck is for your own tree")
	}
	var class []grade.Learner
	var unread error // said at the end, behind what could be graded
	if len(f.class) > 0 {
		if class, unread = grade.Read(f.class); len(class) == 0 {
			return unread
		}
	} else {
		state, err := t.loaded()
		if err != nil {
			return err
		}
		class = []grade.Learner{{Name: t.learner().Name(), State: state}}
	}
	ls, err := lessons.Lessons()
	if err != nil {
		return err
	}
	all, err := labs.Labs()
	if err != nil {
		return err
	}
	report := grade.New(ls, all, class, t.now())
	if f.recheck {
		err := report.Learners[0].Again(ctx, all, func(ctx context.Context, l labs.Lab) (bool, []testscripts.Report, error) {
			c, err := t.learner().CheckOne(ctx, l)
			return c.Passed, c.Reports, err
		})
		if err != nil {
			return err
		}
	}
	if f.format == string(grade.Text) {
		return errors.Join(report.WriteText(t.out, t.columns(t.out)), unread)
	}
	return errors.Join(report.Write(t.out, grade.Format(f.format)), unread)
}

// exportProgress writes the learner's progress for a teacher: to a file, which
// must not be there yet, or with - to standard output.
func (t *tutor) exportProgress(file, name string) error {
	if name == "" {
		name = t.learner().Name()
	}
	state, err := t.loaded()
	if err != nil {
		return err
	}
	l := grade.Learner{Name: name, State: state}
	if file == "-" {
		return grade.WriteExport(t.out, l, t.now())
	}
	if err := grade.ExportTo(file, l, t.now()); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "Progress of %s is in %s, as plain text.\n", name, file)
	return nil
}
