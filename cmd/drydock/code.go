package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/source"
	"drydock/labs/tree"
	"drydock/lessons"
	"drydock/lessons/decl"
	"drydock/lessons/render"
)

// codeCommand shows a declaration whole, of which lessons print a part.
func codeCommand(t *tutor) *cobra.Command {
	var yes bool
	var f readFlags
	cmd := &cobra.Command{
		Use:   "code [ADDRESS]",
		Short: "show a whole piece of the source, and where it stands",
		Long: `Shows a declaration of the source that drydock was built from, whole, with its
file and line: without an address those that your step prints a part of. Its
address stands above each piece of code in a lesson; in a shell one with
brackets wants quotes:

  drydock code 'mini-docker/rootfs.(*Root).OpenPath'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if len(args) == 0 {
				if args, err = t.printedHere(); err != nil {
					return err
				}
			}
			var text strings.Builder
			for _, address := range args {
				d, err := declaration(address)
				if err != nil {
					return err
				}
				if err := t.mayShow(d.Address, yes); err != nil {
					return err
				}
				text.WriteString(render.Declaration(d.Address.String(), fmt.Sprintf("%s:%d", d.File, d.Line), d.Text, t.style(f.plain)))
			}
			return t.show(cmd.Context(), text.String(), f)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask whether I am sure")
	cmd.Flags().BoolVar(&f.plain, "plain", false, "no colours, no line broken: for screen readers and pipes")
	cmd.Flags().BoolVar(&f.noPager, "no-pager", false, "print all at once")
	return cmd
}

// printedHere are the addresses of the code in the step that the learner is at.
func (t *tutor) printedHere() (addresses []string, err error) {
	l, err := t.current()
	if err != nil {
		return nil, err
	}
	state := t.state()
	for _, b := range l.Steps[max(0, min(state.Lesson(l.ID).Step, len(l.Steps))-1)].Blocks {
		if e, ok := b.(lessons.Excerpt); ok {
			addresses = append(addresses, e.Address)
		}
	}
	if len(addresses) == 0 {
		return nil, errors.New("this step prints no code: code needs an address, such as mini-docker/rootfs.PivotRoot")
	}
	return addresses, nil
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
