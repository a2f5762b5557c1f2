//go:build !early

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"drydock/labs/proof"
	"drydock/labs/verify"
)

// verifyCommand proves that lessons are true and that labs' checks can fail.
func verifyCommand(t *tutor) *cobra.Command {
	var update, fresh, text bool
	var jobs int
	cmd := &cobra.Command{
		Use:   "verify [LESSON…]",
		Short: "for authors: prove that lessons are true and checks can fail",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, unix.SIGTERM)
			defer stop()
			o, err := verify.FromModule(args)
			if err != nil {
				return err
			}
			o.Update, o.Fresh, o.Text, o.Jobs = update, fresh, text, jobs
			return t.verify(ctx, o)
		},
	}
	cmd.Flags().BoolVar(&update, "update", false, "rewrite stale output and excerpts in the lessons")
	cmd.Flags().BoolVar(&text, "text", false, "look at the lessons' text alone, and run nothing: seconds")
	cmd.Flags().BoolVar(&fresh, "fresh", false, "prove again what is remembered to hold")
	// Two for each CPU: a proof that something fails mostly waits.
	cmd.Flags().IntVar(&jobs, "jobs", 2*runtime.NumCPU(), "how many proofs at once")
	return cmd
}

// verify makes proofs, prints a line for each, and in the end how many hold.
func (t *tutor) verify(ctx context.Context, o verify.Options) (err error) {
	if o.Machine, err = t.learner().Machine(); err != nil {
		return err
	}
	if o.Proofs, err = t.proofs(); err != nil {
		return err
	}
	proofs, problems, remembered := 0, 0, 0
	o.Tell = func(p verify.Proof) {
		proofs++
		problems += count(p.Problem != "")
		remembered += count(p.Remembered)
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
}

// proofs opens what is remembered of earlier runs.
func (t *tutor) proofs() (*proof.Store, error) {
	cache, err := t.learner().CacheDir()
	if err != nil {
		return nil, err
	}
	return proof.Open(filepath.Join(cache, "proofs"))
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
