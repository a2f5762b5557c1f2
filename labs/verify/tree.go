package verify

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"drydock/labs"
	"drydock/labs/tree"
	"drydock/testscripts"
)

// The tree of a wrong answer NAME.tree is made by its lines, after the comments, in
// order:
//
//	begin LAB        starts a build lab in the tree
//	solve LAB        puts the reference's text into it
//	pass LAB         has the learner have passed it
//	reset LAB        begins it again
//	add FILE         writes a file of the learner's own: the lines that follow, as
//	                 far as they begin with a tab or are empty
//
// Then the lab is checked in it, with the code that a learner's check runs.

// treeTask is a proof about a learner's tree. starter is what the lab begins with.
func (v *verifier) treeTask(l labs.Lab, w labs.Wrong, starter sources) task {
	what := "wrong/" + w.Name + " fails as it should"
	return task{l.Lesson(), "lab " + l.ID + ": " + what, func(ctx context.Context) (string, error) {
		return v.checkTree(ctx, l, w.Text, mustFail(w.Want))
	}, v.ofBuild(l, starter)}
}

// besideAnother is the proof that a lab which is done passes while every other one in
// the tree is still a starter.
func (v *verifier) besideAnother(l labs.Lab) task {
	var script strings.Builder
	for _, other := range v.Labs {
		if other.Kind == labs.Build && other.ID != l.ID {
			fmt.Fprintln(&script, "begin", other.ID)
		}
	}
	fmt.Fprintf(&script, "begin %s\nsolve %[1]s\n", l.ID)
	return task{l.Lesson(), "lab " + l.ID + ": the solution passes while all other labs are starters", func(ctx context.Context) (string, error) {
		return v.checkTree(ctx, l, script.String(), mustPass())
	}, v.ofBuild(l, nil)}
}

// checkTree makes a tree and checks a lab in it.
func (v *verifier) checkTree(ctx context.Context, l labs.Lab, script string, judge verdict) (string, error) {
	dir, err := os.MkdirTemp(v.scratch, "tree-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	reference, err := v.once("reference of trees", v.treeReference)
	if err != nil {
		return "", err
	}
	theirs, _, err := tree.Open(ctx, tree.Config{
		Dir: filepath.Join(dir, "tree"), Work: filepath.Join(dir, "work"),
		Reference: os.DirFS(reference), Stamp: "verify", Now: time.Now,
	})
	if err != nil {
		return "", err
	}
	passed, err := v.play(ctx, theirs, script)
	if err != nil {
		return "", err
	}
	checked, err := theirs.Checked(ctx, l.ID, passed)
	if r, ok := labs.Uncompiled(l, err, v.Scripts); ok {
		return judge.of(l, []testscripts.Report{r})
	}
	if err != nil { // a check that cannot be made does not pass
		return judge.of(l, []testscripts.Report{{Checks: []testscripts.Check{{Reached: true, Found: err.Error()}}}})
	}
	defer checked.Close()
	return v.tryShared(ctx, l, checked.Changed(), judge)
}

// play does the lines of a script to a tree. It returns the labs that are passed.
func (v *verifier) play(ctx context.Context, theirs *tree.Tree, script string) (passed []string, err error) {
	lines := strings.Split(script, "\n")
	for n := 0; n < len(lines); n++ {
		verb, name, _ := strings.Cut(strings.TrimSpace(lines[n]), " ")
		switch verb {
		case "", "#", "//":
			continue
		case "add":
			var text bytes.Buffer
			for n+1 < len(lines) && (lines[n+1] == "" || strings.HasPrefix(lines[n+1], "\t")) {
				n++
				fmt.Fprintln(&text, strings.TrimPrefix(lines[n], "\t"))
			}
			err = write(filepath.Join(theirs.Dir(), name), text.Bytes())
		case "pass":
			passed = append(passed, name)
		default:
			err = v.toLab(ctx, theirs, verb, name)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", lines[n], err)
		}
	}
	return passed, nil
}

func (v *verifier) toLab(ctx context.Context, theirs *tree.Tree, verb, id string) error {
	l, err := labs.Pick(v.Labs, id)
	if err != nil {
		return err
	}
	switch verb {
	case "begin":
		_, err = theirs.Cut(ctx, l.ID, l.Cut, l.Todo)
	case "solve":
		_, err = theirs.Solution(ctx, l.ID)
	case "reset":
		_, err = theirs.Reset(ctx, l.ID)
	default:
		err = fmt.Errorf("%q: want begin, solve, pass, reset or add", verb)
	}
	return err
}

// treeReference is a folder with those packages that build labs cut. More of the
// module a tree does not need here: what counts of it is built in the module itself.
func (v *verifier) treeReference() (dir string, err error) {
	if dir, err = os.MkdirTemp(v.scratch, "reference-"); err != nil {
		return "", err
	}
	files := []string{"go.mod"}
	for _, l := range v.Labs {
		for _, address := range l.Cut {
			a, _, _, err := v.find(address)
			if err != nil {
				return "", err
			}
			more, err := fs.Glob(v.module, path.Join(a.Dir, "*.go"))
			if err != nil {
				return "", err
			}
			files = append(files, more...)
		}
	}
	for _, name := range files {
		text, err := fs.ReadFile(v.module, name)
		if err != nil {
			return "", err
		}
		if err := write(filepath.Join(dir, name), text); err != nil {
			return "", err
		}
	}
	return dir, nil
}

func write(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
}
