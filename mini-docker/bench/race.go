package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"
)

// race is one table: contenders that do the same, the first of which is the
// measure of the others.
type race struct {
	title      string
	contenders []contender
	missing    []string // who does not take part, and why
}

// run lets all take turns and prints the table.
func (r *race) run(ctx context.Context, rounds int) error {
	progress := func(string) {}
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		progress = func(text string) { fmt.Fprintf(os.Stderr, "\r\x1b[K%s", text) }
	}
	defer progress("")
	for i := range r.contenders {
		// The first time warms the caches, and shows whether it works.
		c := &r.contenders[i]
		if _, err := c.time(ctx); err != nil && i > 0 {
			r.missing = append(r.missing, fmt.Sprintf("%s does not work here: %v", c.name, err))
			c.broken = true
		} else if err != nil {
			return err
		}
	}
	for round := range rounds {
		progress(fmt.Sprintf("%s: round %d of %d", r.title, round+1, rounds))
		if err := r.turn(ctx, round); err != nil {
			return err
		}
	}
	progress("")
	r.print()
	return nil
}

// turn times each contender once. Another one begins each time, so that none
// always follows the same one.
func (r *race) turn(ctx context.Context, round int) error {
	for i := range r.contenders {
		c := &r.contenders[(i+round)%len(r.contenders)]
		if c.broken {
			continue
		}
		sample, err := c.time(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		c.samples = append(c.samples, sample)
	}
	return nil
}

// print prints medians, minima and what they are relative to the first.
func (r *race) print() {
	fmt.Println(r.title)
	table := tabwriter.NewWriter(os.Stdout, 0, 1, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "median\tminimum\tCPU\tratio\t\t")
	var first time.Duration
	for _, c := range r.contenders {
		if len(c.samples) == 0 {
			continue
		}
		if first == 0 {
			first = c.median(wall)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%.2f\t  %s\t\n", ms(c.median(wall)), ms(c.minimum(wall)), ms(c.median(cpu)),
			float64(c.median(wall))/float64(first), c.name)
	}
	table.Flush()
	for _, each := range r.missing {
		fmt.Println(each)
	}
	fmt.Println()
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/1e6) }
