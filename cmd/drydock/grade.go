package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"drydock/labs"
	"drydock/labs/grade"
	"drydock/labs/tree"
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
	cmd.Flags().StringArrayVar(&f.class, "class", nil, "grade the exports in `FILE|DIR`; can be given several times")
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
		class = []grade.Learner{{Name: t.learnerName(), State: state}}
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
		if err := t.recheck(ctx, &report.Learners[0], all); err != nil {
			return err
		}
	}
	if f.format == string(grade.Text) {
		return errors.Join(report.WriteText(t.out, t.columns(t.out)), unread)
	}
	return errors.Join(report.Write(t.out, grade.Format(f.format)), unread)
}

// recheck checks each build lab that was passed, or begun, in the learner's tree.
func (t *tutor) recheck(ctx context.Context, r *grade.LearnerReport, all []labs.Lab) error {
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
			found, err := t.checkOne(ctx, l)
			if unknown := new(tree.UnknownLabError); errors.As(err, &unknown) {
				lab.Recheck = &grade.Recheck{Found: unknown.Error()} // nothing was written here
				continue
			}
			if err != nil {
				return fmt.Errorf("checking %s again: %w", l.ID, err)
			}
			lab.Recheck = &grade.Recheck{Passed: found.Passed, Found: amiss(found.Reports)}
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

// learnerName is what an export calls its learner who names none.
func (t *tutor) learnerName() string {
	for _, key := range []string{"DRYDOCK_LEARNER", "USER", "LOGNAME"} {
		if name := t.getenv(key); name != "" {
			return name
		}
	}
	if me, err := user.LookupId(strconv.Itoa(os.Getuid())); err == nil {
		return me.Username
	}
	return "learner"
}

// exportProgress writes the learner's progress for a teacher: to a file, which
// must not be there yet, or with - to standard output.
func (t *tutor) exportProgress(file, name string) error {
	if name == "" {
		name = t.learnerName()
	}
	state, err := t.loaded()
	if err != nil {
		return err
	}
	write := func(w io.Writer) error {
		return grade.WriteExport(w, grade.Learner{Name: name, State: state}, t.now())
	}
	if file == "-" {
		return write(t.out)
	}
	f, err := os.OpenFile(filepath.Clean(file), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already: name another file, or remove it", file)
	}
	if err != nil {
		return fmt.Errorf("exporting progress: %w", err)
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("exporting progress: %w", err)
	}
	fmt.Fprintf(t.out, "Progress of %s is in %s, as plain text.\n", name, file)
	return nil
}
