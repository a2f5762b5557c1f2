package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/source"
	"drydock/labs/tree"
	"drydock/lessons/decl"
	"drydock/lessons/render"
)

// codeCommand shows a declaration whole, of which lessons print a part.
func codeCommand(t *tutor) *cobra.Command {
	var yes bool
	var f readFlags
	cmd := &cobra.Command{
		Use:   "code ADDRESS",
		Short: "show a whole piece of the source, and where it stands",
		Long: `Shows a declaration of the source that drydock was built from, whole, with its
file and line. Its address stands above each piece of code in a lesson:

  drydock code mini-docker/rootfs.PivotRoot`,
		Args: oneArg("address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := declaration(args[0])
			if err != nil {
				return err
			}
			if err := t.mayShow(d.Address, yes); err != nil {
				return err
			}
			text := render.Declaration(d.Address.String(), fmt.Sprintf("%s:%d", d.File, d.Line), d.Text, t.style(f.plain))
			return t.show(cmd.Context(), text, f)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask whether I am sure")
	cmd.Flags().BoolVar(&f.plain, "plain", false, "no colours, no line broken: for screen readers and pipes")
	cmd.Flags().BoolVar(&f.noPager, "no-pager", false, "print all at once")
	return cmd
}

// declaration is what stands at an address of the source.
func declaration(address string) (decl.Decl, error) {
	a, err := decl.ParseAddress(address)
	if err != nil {
		return decl.Decl{}, err
	}
	module, ok := source.FS()
	if !ok {
		return decl.Decl{}, tree.ErrNoSource
	}
	return decl.Find(module, a)
}

// mayShow asks before it shows what a build lab that was begun wants written. Who
// looks all the same has seen that lab's solution, or a part of it.
func (t *tutor) mayShow(a decl.Address, yes bool) error {
	all, err := labs.Labs()
	if err != nil {
		return err
	}
	state := t.state()
	for _, l := range all {
		lab := state.Lesson(l.Lesson()).Lab(l.ID)
		if lab.Status != progress.Started || lab.SolutionSeen || !slices.Contains(l.Cut, a.String()) {
			continue
		}
		if !yes && !t.confirm(fmt.Sprintf("To write %s is your lab %s. Show it all the same?", a.Name, l.ID)) {
			return fmt.Errorf("to write %s is your lab %s; to see it all the same: %s", a.Name, l.ID, t.typed("code '"+a.String()+"' --yes"))
		}
		t.rememberLab(l, func(lab *progress.Lab) { lab.SeeSolution(t.now()) })
	}
	return nil
}
