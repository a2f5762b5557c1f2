package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"drydock/labs"
	"drydock/labs/proof"
	"drydock/labs/verify"
	"drydock/lessons"
	"drydock/testscripts"
)

// verifyCommand proves that lessons are true and that labs' checks can fail.
func verifyCommand(t *tutor) *cobra.Command {
	var update, fresh, text bool
	var jobs int
	cmd := &cobra.Command{
		Use:   "verify [LESSON…]",
		Short: "for authors: prove that lessons are true and checks can fail",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			o, err := verifyOptions(args)
			if err != nil {
				return err
			}
			if o.Machine, err = t.learner().Machine(); err != nil {
				return err
			}
			if o.Proofs, err = t.proofs(); err != nil {
				return err
			}
			proofs, problems, remembered := 0, 0, 0
			o.Update, o.Fresh, o.Text, o.Jobs = update, fresh, text, jobs
			o.Tell = func(p verify.Proof) {
				proofs++
				if p.Problem != "" {
					problems++
				}
				if p.Remembered {
					remembered++
				}
				t.tellProof(p)
			}
			begun := time.Now()
			err = verify.Run(ctx, o)
			took := time.Since(begun).Seconds()
			switch {
			case errors.Is(err, verify.ErrUnproven):
				fmt.Fprintf(t.out, "%d of %d proofs failed, in %.1fs.\n", problems, proofs, took)
				return codeNotYet
			case errors.Is(err, context.Canceled):
				fmt.Fprintf(t.out, "Called off after %d proofs.\n", proofs)
				return exitCode(130)
			case err == nil:
				fmt.Fprintf(t.out, "All %d proofs hold, %d of them remembered, in %.1fs.\n", proofs, remembered, took)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&update, "update", false, "rewrite stale output and excerpts in the lessons")
	cmd.Flags().BoolVar(&text, "text", false, "look at the lessons' text alone, and run nothing: takes seconds")
	cmd.Flags().BoolVar(&fresh, "fresh", false, "prove again what is remembered to hold")
	// Two for each CPU: a proof that something fails mostly waits.
	cmd.Flags().IntVar(&jobs, "jobs", 2*runtime.NumCPU(), "how many proofs at once")
	return cmd
}

// proofs opens what is remembered of earlier runs.
func (t *tutor) proofs() (*proof.Store, error) {
	cache, err := t.learner().CacheDir()
	if err != nil {
		return nil, err
	}
	return proof.Open(filepath.Join(cache, "proofs"))
}

// verifyOptions reads lessons, labs and scripts from the module's source, for
// an author changes them without building drydock again.
func verifyOptions(ids []string) (verify.Options, error) {
	root, err := moduleRoot()
	if err != nil {
		return verify.Options{}, err
	}
	at := func(dir string) fs.FS { return os.DirFS(filepath.Join(root, dir)) }
	o := verify.Options{Module: root, Scripts: testscripts.LoadFrom(at("testscripts"))}
	all, err := lessons.Load(at("lessons"))
	if err != nil {
		return o, err
	}
	if o.Labs, err = labs.Load(at("labs")); err != nil {
		return o, err
	}
	if len(ids) == 0 {
		o.Lessons = all
		return o, nil
	}
	for _, id := range ids {
		l, err := lessons.Pick(all, id)
		if err != nil {
			return o, err
		}
		o.Lessons = append(o.Lessons, l)
	}
	return o, nil
}

// moduleRoot is the directory above this one that holds drydock's source.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module drydock\n") {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("verify works in a checkout of drydock's source: there is none here")
		}
		dir = filepath.Dir(dir)
	}
}

// tellProof prints a line for a proof, and below it what is wrong.
func (t *tutor) tellProof(p verify.Proof) {
	mark := "ok"
	switch {
	case p.Problem != "":
		mark = "FAIL"
	case p.Skipped != "":
		mark = "skip"
	case p.Remembered:
		mark = "held"
	}
	fmt.Fprintf(t.out, "%-4s %6.2fs  %s: %s\n", mark, p.Took.Seconds(), p.Lesson, p.What)
	if text := p.Problem + p.Skipped; text != "" {
		fmt.Fprintln(t.out, "    "+strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    "))
	}
}
