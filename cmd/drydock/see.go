package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"drydock/labs/see"
	"drydock/labs/see/drawing"
	"drydock/lessons/render"
	"drydock/mini-docker/engine/dirs"
)

// seeFlags are what see was asked for.
type seeFlags struct {
	diff, plain, asJSON bool
	compare             bool
	images, cluster     bool
	svg                 string
	width               int
}

// seeCommand draws what the kernel says exists. It is answered where it is
// typed, also in a lesson's sandbox: the drydock outside sees another world.
func seeCommand(t *tutor) *cobra.Command {
	var f seeFlags
	cmd := &cobra.Command{
		Use:   "see [--compare A B]",
		Short: "draw the processes here, and what each is in",
		Long: `Draws the processes here with their namespaces, mounts, limits and wires, and
the images that an engine keeps here.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if f.compare && len(args) != 2 {
				return fmt.Errorf("--compare needs two containers or processes, got %d\nusage: drydock see --compare A B", len(args))
			}
			if !f.compare {
				return noArgs(cmd, args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.compare {
				return t.compare(cmd.Context(), [2]string(args), f)
			}
			return t.see(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.diff, "diff", false, "mark what came (+), went (-), changed (~) since the last")
	flags.BoolVar(&f.diff, "since", false, "the same as --diff")
	flags.BoolVar(&f.compare, "compare", false, "say what differs between two containers, or two processes")
	flags.BoolVar(&f.images, "images", false, "only the images, their layers, and what shares them")
	flags.BoolVar(&f.cluster, "cluster", false, "only the nodes of a cluster, their pods, and the Services")
	flags.BoolVar(&f.plain, "plain", false, "sentences instead of a drawing, for screen readers")
	flags.BoolVar(&f.asJSON, "json", false, "print what was found as JSON")
	flags.StringVar(&f.svg, "svg", "", "draw into this file, as an SVG image")
	flags.IntVar(&f.width, "width", 0, "columns to draw into (the terminal's)")
	return cmd
}

// see looks, compares with the last look if asked to, and keeps this one.
func (t *tutor) see(ctx context.Context, f seeFlags) error {
	if ctx == nil {
		ctx = context.Background()
	}
	now, err := see.Look(ctx)
	if err != nil {
		return err
	}
	if now.Images, err = see.ImagesIn(dirs.Locate("").Root); err != nil {
		t.warn("images are left out: " + err.Error())
	}
	control, err := t.learner().Control("see")
	looks := see.Looks{Dir: filepath.Dir(control)}
	var changes *see.Changes
	if f.diff && err == nil {
		before, ok, trouble := looks.Last(now)
		if trouble != nil {
			t.warn(trouble.Error())
		}
		if ok {
			found := see.Diff(before, now)
			changes = &found
		} else {
			t.warn("this is the first look here: there is nothing to compare it with yet")
		}
	}
	if err == nil {
		err = looks.Keep(now)
	}
	if err != nil {
		t.warn("the next --diff will not know of this look: " + err.Error())
	}
	return t.showScene(now, changes, f)
}

// showScene prints a scene in the form that was asked for.
func (t *tutor) showScene(s see.Scene, changes *see.Changes, f seeFlags) error {
	o := t.drawn(f)
	o.Changes = changes
	switch {
	case f.asJSON:
		shown := map[string]any{"scene": s}
		if changes != nil {
			shown["changes"] = append([]see.Change{}, changes.List...)
		}
		return t.asJSON(shown)
	case f.svg != "":
		file, err := os.Create(f.svg)
		if err != nil {
			return err
		}
		if f.width == 0 {
			o.Width = render.MaxWidth // the terminal's is not the picture's
		}
		return errors.Join(drawing.SVG(file, s, o), file.Close())
	}
	return drawing.Draw(t.out, s, o)
}

// drawn is how a drawing is made here.
func (t *tutor) drawn(f seeFlags) drawing.Options {
	style := t.style(f.plain)
	o := drawing.Options{
		Width:  style.Width,
		Colour: style.Style != render.Plain && style.Style != render.Mono,
		Images: f.images, Cluster: f.cluster,
		Plain: f.plain || t.getenv("DRYDOCK_STYLE") == "plain",
	}
	if f.width > 0 {
		o.Width = f.width
	}
	return o
}

func (t *tutor) asJSON(shown any) error {
	e := json.NewEncoder(t.out)
	e.SetIndent("", "  ")
	return e.Encode(shown)
}
