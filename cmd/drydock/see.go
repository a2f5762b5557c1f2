package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"drydock/labs/see"
	"drydock/labs/see/drawing"
	"drydock/lessons/render"
	"drydock/mini-docker/engine"
)

// seeFlags are what see was asked for.
type seeFlags struct {
	diff, plain, asJSON bool
	compare             bool
	svg                 string
	width               int
}

// seeCommand draws what the kernel says exists. It is answered where it is
// typed, also in a lesson's sandbox: the drydock outside sees another world.
func seeCommand(t *tutor) *cobra.Command {
	var f seeFlags
	cmd := &cobra.Command{
		Use:   "see [--compare A B]",
		Short: "draw the processes here, with their namespaces, mounts, limits and wires, and the images",
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
	flags.BoolVar(&f.diff, "diff", false, "mark what has come (+), gone (-) or changed (~) since the last see")
	flags.BoolVar(&f.diff, "since", false, "the same as --diff")
	flags.BoolVar(&f.compare, "compare", false, "say instead what differs between two containers, by name, or processes, by number")
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
	if now.Images, err = see.ImagesIn(engine.Locate("").Root); err != nil {
		t.warn("images are left out: " + err.Error())
	}
	var changes *see.Changes
	if f.diff {
		if before, ok := t.lastScene(now); ok {
			found := see.Diff(before, now)
			changes = &found
		} else {
			t.warn("this is the first look here: there is nothing to compare it with yet")
		}
	}
	if err := t.keepScene(now); err != nil {
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
		Plain:  f.plain || t.getenv("DRYDOCK_STYLE") == "plain",
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

// scenePath is where the last look is kept. In a sandbox that is in the
// sandbox's own memory, and ends with it. Looks from different PID or
// user namespaces are no looks at one world.
func (t *tutor) scenePath(s see.Scene) (string, error) {
	control, err := t.learner().Control("see")
	if err != nil {
		return "", err
	}
	return filepath.Join(filepath.Dir(control), fmt.Sprintf("see-%d-%d.json", s.Here["pid"], s.Eyes)), nil
}

// lastScene returns the last look that was made here, if there was one.
func (t *tutor) lastScene(now see.Scene) (see.Scene, bool) {
	path, err := t.scenePath(now)
	if err != nil {
		return see.Scene{}, false
	}
	text, err := os.ReadFile(path)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			t.warn(err.Error())
		}
		return see.Scene{}, false
	}
	var before see.Scene
	if err := json.Unmarshal(text, &before); err != nil || !see.Comparable(before, now) {
		return see.Scene{}, false // of another drydock, or another boot
	}
	return before, true
}

// keepScene writes a look down for the next one. Two at once both write a
// whole file.
func (t *tutor) keepScene(s see.Scene) error {
	path, err := t.scenePath(s)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".see-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if err := errors.Join(json.NewEncoder(file).Encode(s), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
