package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"drydock/labs"
	"drydock/lessons"
	"drydock/lessons/glossary"
)

// completionCommand prints what a shell needs to complete drydock's words. The
// scripts are cobra's: they ask drydock itself, by a hidden verb, so that new
// lessons complete without new scripts.
func completionCommand(t *tutor) *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "print what your shell needs to complete words of drydock",
		Long: `Prints a script that lets your shell complete verbs, lessons, labs and flags.

  bash   drydock completion bash \
           > ~/.local/share/bash-completion/completions/drydock
  zsh    drydock completion zsh > "${fpath[1]}/_drydock"
  fish   drydock completion fish > ~/.config/fish/completions/drydock.fish

It works in shells that are opened afterwards; bash needs the package
bash-completion for it.`,
		Args:      oneArg("shell"),
		ValidArgs: []string{"bash", "zsh", "fish"},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(t.out, true)
			case "zsh":
				return root.GenZshCompletion(t.out)
			case "fish":
				return root.GenFishCompletion(t.out, true)
			}
			return fmt.Errorf("no completion for %s: it is there for bash, zsh and fish", args[0])
		},
	}
}

// completer offers words for an argument. Those that stand on the line already
// are left out by the caller's shell or by without.
type completer = cobra.CompletionFunc

// completeLessons offers the lessons, with their titles, for one argument.
func completeLessons(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return lessonWords(), cobra.ShellCompDirectiveNoFileComp
}

// completeLabs offers the labs of some kinds, all without any, for one argument.
func completeLabs(kinds ...labs.Kind) completer {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return labWords(kinds...), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeBoth offers lessons and labs, as often as wanted.
func completeBoth(_ *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return append(lessonWords(), labWords()...), cobra.ShellCompDirectiveNoFileComp
}

func lessonWords() []cobra.Completion {
	all, err := lessons.Lessons()
	if err != nil {
		return nil
	}
	var words []cobra.Completion
	for _, l := range all {
		words = append(words, cobra.CompletionWithDesc(l.ID, l.Title))
	}
	return words
}

func labWords(kinds ...labs.Kind) []cobra.Completion {
	all, err := labs.Labs()
	if err != nil {
		return nil
	}
	var words []cobra.Completion
	for _, l := range all {
		if len(kinds) == 0 || slices.Contains(kinds, l.Kind) {
			words = append(words, cobra.CompletionWithDesc(l.ID, l.Title))
		}
	}
	return words
}

// completeCode offers the declarations that lessons print.
func completeCode(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	all, err := lessons.Lessons()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var words []cobra.Completion
	for _, l := range all {
		for _, e := range l.Excerpts() {
			words = append(words, e.Address)
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// completeTerms offers the words of the glossary.
func completeTerms(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	terms, err := glossary.Terms()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var words []cobra.Completion
	for _, t := range terms {
		words = append(words, t.Name)
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// argumentWords says, verb by verb, what completes its arguments. It stands
// here and not with each verb so that all can be seen at once.
func argumentWords() map[string]completer {
	return map[string]completer{
		"start": completeBoth, "read": completeLessons, "check": completeBoth,
		"hint": completeLabs(), "solution": completeLabs(), "reset": completeLabs(),
		"verify": completeBoth, "code": completeCode, "glossary": completeTerms,
	}
}

// completeArguments gives each verb its completer; one without offers nothing,
// rather than the names of files.
func completeArguments(verbs []*cobra.Command) {
	words := argumentWords()
	for _, v := range verbs {
		switch complete, ok := words[v.Name()]; {
		case ok:
			v.ValidArgsFunction = complete
		case v.ValidArgsFunction == nil && len(v.ValidArgs) == 0:
			v.ValidArgsFunction = cobra.NoFileCompletions
		}
	}
}
