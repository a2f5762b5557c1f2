package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"drydock/labs"
	"drydock/labs/console"
	"drydock/labs/golang"
	"drydock/labs/world"
	"drydock/lessons"
	"drydock/lessons/glossary"
	"drydock/lessons/render"
	"drydock/testscripts/wait"
)

// commandTime is what one command of a console block may take, on a machine that
// is slow or stands still for a while.
const commandTime = wait.Deadline

// lessonTasks are the proofs of a lesson's own text. With Update they are one,
// for they write the same file.
func (v *verifier) lessonTasks(l lessons.Lesson) []task {
	all := []task{
		{lesson: l.ID, what: "is complete", run: func(context.Context) (string, error) {
			tasks := map[string]string{}
			for _, lab := range labs.Of(v.Labs, l.ID) {
				tasks[lab.ID] = lab.OnPage()
			}
			problems := lines(append(lessons.Check(l), render.TooTall(l, tasks)...))
			return strings.TrimSpace(problems + "\n" + missing(l, v.Labs)), nil
		}},
	}
	if v.Update {
		return append(all, task{lesson: l.ID, what: "is brought up to date", run: func(ctx context.Context) (string, error) {
			return v.update(ctx, l)
		}})
	}
	all = append(all, task{lesson: l.ID, what: "excerpts are the code", run: func(context.Context) (string, error) {
		return lines(lessons.Stale(l, v.module)), nil
	}}, task{lesson: l.ID, what: "terms are in the glossary", run: func(context.Context) (string, error) {
		terms, err := glossary.Load(v.module)
		return lines(glossary.CheckLesson(terms, l)), err
	}})
	if v.Text {
		return all
	}
	return append(all,
		task{l.ID, "console blocks print what they show", func(ctx context.Context) (string, error) {
			problems, _, err := v.consoles(ctx, l)
			return problems, err
		}, v.ofConsoles(l)},
		task{l.ID, "each step begins where its set-up leads", func(ctx context.Context) (string, error) {
			return v.steps(ctx, l)
		}, v.ofConsoles(l)},
	)
}

// steps types each step's blocks in a sandbox of its own, after its set-up: so it
// is for who comes back in the middle of a lesson.
func (v *verifier) steps(ctx context.Context, l lessons.Lesson) (string, error) {
	var all []string
	for i, step := range l.Steps {
		if i == 0 || len((lessons.Lesson{Steps: []lessons.Step{step}}).Consoles()) == 0 {
			continue
		}
		problems, err := v.fromSetup(ctx, l, step)
		if err != nil {
			return "", err
		}
		if problems != "" {
			all = append(all, fmt.Sprintf("%s:%d: a new sandbox is not what this step needs: let a set-up under its heading make it\n%s", l.Path, step.Line, problems))
		}
	}
	return strings.Join(all, "\n"), nil
}

// fromSetup types one step after its set-up.
func (v *verifier) fromSetup(ctx context.Context, l lessons.Lesson, step lessons.Step) (string, error) {
	var typed lessons.Console
	for n, command := range step.SetupCommands() {
		typed.Commands = append(typed.Commands, lessons.Command{Input: command, Line: step.Line + n, Output: []string{"…"}})
	}
	only := lessons.Lesson{Steps: []lessons.Step{step}}
	problems, _, err := v.typed(ctx, l, append([]lessons.Console{typed}, only.Consoles()...))
	return problems, err
}

func lines(problems []lessons.Problem) string {
	var all []string
	for _, p := range problems {
		all = append(all, p.String())
	}
	return strings.Join(all, "\n")
}

// consoles types the lesson's console blocks in a sandbox as it is when the
// learner starts the lesson.
func (v *verifier) consoles(ctx context.Context, l lessons.Lesson) (string, []lessons.Edit, error) {
	return v.typed(ctx, l, l.Consoles())
}

// typed is consoles for some of the blocks.
func (v *verifier) typed(ctx context.Context, l lessons.Lesson, blocks []lessons.Console) (string, []lessons.Edit, error) {
	w, err := v.Machine.Open(ctx, v.room(l.ID))
	if unable(err) {
		return "", nil, skipped{err.Error()}
	}
	if err != nil {
		return "", nil, err
	}
	defer w.Close()
	lack := lacks(l, w)
	if lack != "" {
		blocks = slices.DeleteFunc(slices.Clone(blocks), func(c lessons.Console) bool { return !c.Anywhere })
	}
	if lack != "" && len(blocks) == 0 {
		return "", nil, skipped{lack}
	}
	if err := labs.Furnish(ctx, w, labs.Of(v.Labs, l.ID)); err != nil {
		return "", nil, err
	}
	shell, err := w.Shell(ctx, commandTime)
	if err != nil {
		return "", nil, err
	}
	defer shell.Close()
	problems, edits, err := console.Run(ctx, shell, blocks)
	var all []string
	for _, p := range problems {
		all = append(all, fmt.Sprintf("%s:%d: %s", l.Path, p.Line, strings.TrimRight(p.Text, "\n")))
	}
	if err == nil && lack != "" && len(all) == 0 {
		err = skipped{lack}
	}
	return strings.Join(all, "\n"), edits, err
}

// room is what the sandboxes of a lesson have in them.
func (v *verifier) room(lesson string) world.Options {
	return world.Options{Cluster: v.needs(lesson, "cluster"), Golang: v.needs(lesson, "golang")}
}

// needs says whether a lesson needs something.
func (v *verifier) needs(lesson, what string) bool {
	return slices.ContainsFunc(v.Lessons, func(l lessons.Lesson) bool { return l.ID == lesson && slices.Contains(l.Needs, what) })
}

// unable says whether an error is about what this machine has not.
func unable(err error) bool {
	return errors.Is(err, world.ErrNoOrchestrator) || errors.Is(err, golang.ErrNoGo)
}

// lacks names what the lesson needs and the sandbox could not be given: cgroups,
// which are root's alone unless a part of the tree was delegated.
func lacks(l lessons.Lesson, w *world.World) string {
	var needs []string
	for _, need := range l.Needs {
		if strings.HasPrefix(need, "cgroup ") {
			needs = append(needs, need)
		}
	}
	for _, refused := range w.Refused {
		if len(needs) > 0 && strings.HasPrefix(refused, "no limits") {
			return "this machine lacks " + strings.Join(needs, ", ") + ": " + refused
		}
	}
	return ""
}

// update rewrites what went stale in the lesson's file: first the output, whose
// places are known from the file as it is, then the excerpts. What remains is
// what no program can mend, and a problem still.
func (v *verifier) update(ctx context.Context, l lessons.Lesson) (string, error) {
	_, edits, err := v.consoles(ctx, l)
	if err != nil {
		return "", err
	}
	src, err := lessons.Rewrite(l.Source, edits)
	if err != nil {
		return "", err
	}
	fresh, err := lessons.Parse(l.Path, src)
	if err != nil {
		return "", err
	}
	if src, err = lessons.Update(fresh, v.module); err != nil {
		return "", err
	}
	if fresh, err = lessons.Parse(l.Path, src); err != nil {
		return "", err
	}
	if !bytes.Equal(src, l.Source) {
		if err := os.WriteFile(filepath.Join(v.Module, l.Path), src, 0o644); err != nil {
			return "", fmt.Errorf("updating %s: %w", l.Path, err)
		}
	}
	problems, _, err := v.consoles(ctx, fresh)
	return strings.TrimSpace(problems + "\n" + lines(lessons.Stale(fresh, v.module))), err
}
