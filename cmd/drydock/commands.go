package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"drydock/lessons/near"
	"drydock/lessons/render"
)

// commands is the table of verbs, in the order help shows them. The first
// five are all that a beginner needs.
func commands(t *tutor) (first, more []*cobra.Command) {
	if t.session != nil {
		return sessionVerbs(t)
	}
	first = []*cobra.Command{
		startCommand(t),
		nextCommand(t),
		checkCommand(t),
		hintCommand(t),
		lessonsCommand(t),
	}
	more = []*cobra.Command{
		readCommand(t),
		backCommand(t),
		againCommand(t),
		showCommand(t),
		predictCommand(t),
		runCommand(t),
		stepsCommand(t),
		answerCommand(t),
		quizCommand(t),
		examCommand(t),
		progressCommand(t),
		seeCommand(t),
		codeCommand(t),
		glossaryCommand(t),
		bookCommand(t),
		resetCommand(t),
		solutionCommand(t),
		shellCommand(t),
		sandboxCommand(t),
		doctorCommand(t),
		gradeCommand(t),
		verifyCommand(t),
		completionCommand(t),
		manCommand(t),
		uninstallCommand(t),
		versionCommand(t),
		internalScriptCommand(t),
		internalSheetCommand(t),
	}
	return first, more
}

// shortText is `drydock` alone, which leaves on a small screen what comes next.
const shortText = `Drydock: build and take apart containers, lesson by lesson, on this machine.

Begin with:
%s
drydock --help lists the others; drydock VERB --help tells of one.
`

// helpText is the whole of `drydock --help`: cobra's own lists every verb alike.
const helpText = `Drydock: build and take apart containers, lesson by lesson, on this machine.

Begin with:
%s
More:
%s
drydock VERB --help says more about one.
`

// newRoot wires the verbs. Cobra prints nothing by itself: run does, once.
func newRoot(t *tutor) *cobra.Command {
	root := &cobra.Command{
		Use:               "drydock VERB",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		RunE: func(*cobra.Command, []string) error {
			t.tellOnward()
			first, _ := commands(t)
			fmt.Fprint(t.out, t.here(fmt.Sprintf(shortText, t.list(first))))
			return nil
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return t.examCloses(cmd.Name()) },
	}
	first, more := commands(t)
	completeArguments(append(first, more...))
	root.AddCommand(first...)
	root.AddCommand(more...)
	forVerbs := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if cmd == root {
			t.tellOnward()
			fmt.Fprint(root.OutOrStdout(), t.here(fmt.Sprintf(helpText, t.list(first), t.list(more))))
			return
		}
		var text strings.Builder
		cmd.SetOut(&text)
		forVerbs(cmd, args)
		fmt.Fprint(root.OutOrStdout(), t.here(text.String()))
	})
	root.SetHelpCommand(&cobra.Command{Use: "help", Hidden: true, RunE: func(_ *cobra.Command, args []string) error {
		cmd, _, err := root.Find(args)
		if err != nil {
			return err
		}
		return cmd.Help()
	}})
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w\nusage: %s", err, cmd.UseLine())
	})
	return root
}

// list prints verbs with what they do, each on a line of its own.
func (t *tutor) list(verbs []*cobra.Command) string {
	var b strings.Builder
	for _, v := range verbs {
		if !v.Hidden {
			label := fmt.Sprintf("  %-16s ", strings.TrimSuffix(v.Use, " [flags]"))
			b.WriteString(render.Hang(label, v.Short, t.columns(t.out)) + "\n")
		}
	}
	return b.String()
}

// unknownVerb says in one line, with near verbs, what cobra says in six; nil
// when args name a verb.
func unknownVerb(root *cobra.Command, args []string) error {
	if _, _, err := root.Find(args); err == nil {
		return nil
	}
	var names []string
	for _, v := range root.Commands() {
		names = append(names, v.Name())
	}
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			continue
		}
		if meant := near.Names(arg, names); len(meant) > 0 {
			return fmt.Errorf("unknown command %q: did you mean %s?", arg, strings.Join(meant, " or "))
		}
		return fmt.Errorf("unknown command %q: `drydock --help` lists them", arg)
	}
	return errors.New("unknown command: `drydock --help` lists them")
}

// noArgs and oneArg are cobra's counters with a message a beginner can use.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no argument, got %q\nusage: %s", cmd.Name(), args[0], cmd.UseLine())
	}
	return nil
}

func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%s needs one %s, got %d\nusage: %s", cmd.Name(), what, len(args), cmd.UseLine())
		}
		return nil
	}
}
