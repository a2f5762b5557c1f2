package tree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// commit records the tree as it is in its version control, which is made on
// the first call, so that a learner can look at what they changed and when.
// What goes wrong is a note: the tree does not depend on it.
func (t *Tree) commit(ctx context.Context, message string) ([]string, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return []string{"git is not installed: your tree is not under version control"}, nil
	}
	steps := [][]string{{"add", "-A"}, {"commit", "--quiet", "--allow-empty", "--no-verify", "-m", message}}
	if !t.has(".git") {
		steps = slices.Insert(steps, 0, []string{"init", "--quiet"})
	}
	for _, arguments := range steps {
		if err := t.git(ctx, arguments...); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return []string{fmt.Sprintf("your tree's version control did not take the change: %v", err)}, nil
		}
	}
	return nil, nil
}

// commitStarter makes a lab's starter part of the history: what git shows as
// changed, and takes back, is then the learner's work. In the first commit the
// starter takes the place of the reference, whose lines would do the lab.
func (t *Tree) commitStarter(ctx context.Context, id string, files []string) {
	if !t.has(".git") {
		return // the learner was told when the tree was made
	}
	arguments := []string{"commit", "--quiet", "--no-verify", "-m", "Lab " + id + " begins"}
	if err := t.git(ctx, "rev-parse", "--verify", "--quiet", "HEAD~1"); err != nil {
		arguments = append(arguments, "--amend")
	}
	// Without a commit the lab can be done all the same.
	_ = t.git(ctx, append(append(arguments, "--"), files...)...)
}

// git runs git in the tree, under a name of its own: the learner may have none
// configured, and their hooks and keys have nothing to do here.
func (t *Tree) git(ctx context.Context, arguments ...string) error {
	settings := []string{"-C", t.c.Dir,
		"-c", "user.name=drydock", "-c", "user.email=drydock@localhost",
		"-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0",
		"-c", "init.defaultBranch=main", "-c", "core.autocrlf=false"}
	command := exec.CommandContext(ctx, "git", append(settings, arguments...)...)
	// In a hook of another repository these would point there.
	command.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
	var stderr bytes.Buffer
	command.Stderr = &stderr
	if err := command.Run(); err != nil {
		return errors.Join(err, errors.New(strings.TrimSpace(stderr.String())))
	}
	return nil
}
