package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"drydock/labs/uninstall"
)

// removal is what the flags of uninstall say.
type removal struct{ yes, keep, all bool }

// uninstallCommand removes what is ours from this machine.
func uninstallCommand(t *tutor) *cobra.Command {
	var r removal
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "remove drydock, and what it keeps on this machine",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			self, err := os.Executable()
			if err != nil {
				return fmt.Errorf("finding this program: %w", err)
			}
			u := uninstall.Of(t.getenv, filepath.Dir(self))
			if err := u.Idle(cmd.Context()); err != nil {
				return err
			}
			places, decided := t.choosePlaces(u.Places(), r)
			if !decided {
				return codeNotYet
			}
			if err := u.Remove(cmd.Context(), places); err != nil {
				return err
			}
			t.tellLeft(u)
			return nil
		},
	}
	cmd.Flags().BoolVarP(&r.yes, "yes", "y", false, "do not ask whether to remove what drydock keeps")
	cmd.Flags().BoolVar(&r.keep, "keep", false, "keep what you wrote, and your progress")
	cmd.Flags().BoolVar(&r.all, "all", false, "remove what you wrote and your progress, too")
	cmd.MarkFlagsMutuallyExclusive("keep", "all")
	return cmd
}

// choosePlaces shows what there is and asks what to remove of it, as far as the
// flags do not say. decided is false when there is nobody to ask, or they said no.
func (t *tutor) choosePlaces(places []uninstall.Place, r removal) (chosen []uninstall.Place, decided bool) {
	theirs := func(p uninstall.Place) bool { return p.Theirs }
	if len(places) == 0 {
		return nil, true
	}
	for _, p := range places {
		t.sayAt("  ", p.Path+": "+p.What)
	}
	isUndecided := slices.ContainsFunc(places, theirs) && !r.keep && !r.all
	if !t.isTerminal() && (!r.yes || isUndecided) {
		t.say("\nNothing was removed. To remove this: %s, which keeps what you wrote, or %s, which does not.\n",
			t.typed("uninstall --yes --keep"), t.typed("uninstall --yes --all"))
		return nil, false
	}
	if !r.yes && !t.confirm("Remove drydock?") {
		return nil, false
	}
	if isUndecided {
		r.all = t.confirm("Remove what you wrote and your progress, too?")
	}
	if !r.all {
		places = slices.DeleteFunc(places, theirs)
	}
	return places, true
}

// tellLeft says what is still there: what the learner keeps, and what is root's.
func (t *tutor) tellLeft(u *uninstall.Uninstall) {
	t.say("Removed.\n")
	for _, p := range u.Places() {
		t.sayAt("  kept: ", p.Path+": "+p.What)
	}
	for _, p := range u.Others() {
		t.sayAt("  root's: ", p.Path+": "+p.What+"; root removes it with the same command")
	}
}
