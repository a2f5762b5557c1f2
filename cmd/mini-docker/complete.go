package main

import (
	"slices"
	"strings"

	"drydock/mini-docker/engine/container"

	"github.com/spf13/cobra"
)

// Completion asks this program itself, by cobra's hidden verb __complete, so
// whatever is completed costs a start of it: a millisecond or two. The scripts
// for the shells come from `mini-docker completion bash|zsh|fish`.

// completeArguments says, command by command, what its arguments can be. Any
// other offers nothing, rather than the names of files.
func (c *cli) completeArguments(commands []*cobra.Command) {
	any := func(*container.Container) bool { return true }
	running := func(e *container.Container) bool { return e.State.Running && !e.State.Paused }
	paused := func(e *container.Container) bool { return e.State.Paused }
	stopped := func(e *container.Container) bool { return !e.State.Running }
	words := map[string]cobra.CompletionFunc{
		"start":   c.completeContainers(stopped),
		"stop":    c.completeContainers(running),
		"restart": c.completeContainers(any),
		"kill":    c.completeContainers(running),
		"wait":    c.completeContainers(running),
		"rename":  c.completeContainers(any),
		"top":     c.completeContainers(running),
		"exec":    c.completeContainers(running),
		"attach":  c.completeContainers(running),
		"logs":    c.completeContainers(any),
		"create":  c.completeImages,
		"inspect": c.completeContainers(any),
		"rm":      c.completeContainers(any),
		"commit":  c.completeContainers(any),
		"diff":    c.completeContainers(any),
		"export":  c.completeContainers(any),
		"cp":      c.completeCopy,
		"update":  c.completeContainers(any),
		"pause":   c.completeContainers(running),
		"stats":   c.completeContainers(running),
		"unpause": c.completeContainers(paused),
		"images":  c.completeImages,
		"history": c.completeImages,
		"save":    c.completeImages,
		"tag":     c.completeImages,
		"rmi":     c.completeImages,
		"run":     c.completeImages,
	}
	for _, cmd := range commands {
		cmd.ValidArgsFunction = words[cmd.Name()]
		if cmd.ValidArgsFunction == nil {
			cmd.ValidArgsFunction = cobra.NoFileCompletions
		}
	}
}

// completeContainers offers the names of containers that are wanted and do not
// stand on the line yet. Where the engine cannot be asked it offers nothing: an
// error message in the middle of a command line helps nobody.
func (c *cli) completeContainers(wanted func(*container.Container) bool) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		e, err := c.open()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		containers, err := e.List(cmd.Context())
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var words []cobra.Completion
		for _, each := range containers {
			name := strings.TrimPrefix(each.Name, "/")
			if wanted(each) && !slices.Contains(args, name) {
				words = append(words, cobra.CompletionWithDesc(name, each.Config.Image))
			}
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeCopy offers the names of containers, to be followed by a path in them, and
// of files here.
func (c *cli) completeCopy(cmd *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	words, _ := c.completeContainers(func(*container.Container) bool { return true })(cmd, nil, begun)
	var places []cobra.Completion
	for _, each := range words {
		name, _, _ := strings.Cut(each, "\t")
		if strings.HasPrefix(name, begun) {
			places = append(places, name+":")
		}
	}
	return places, cobra.ShellCompDirectiveNoSpace
}

// completeImages offers the names of images, for the first argument: in run, what
// follows is a command of the image's.
func (c *cli) completeImages(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	e, err := c.open()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	store, err := e.Images(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	images, err := store.List()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var words []cobra.Completion
	for _, each := range images {
		words = append(words, each.Names...)
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// completeVolumes offers the names of volumes that do not stand on the line yet.
func (c *cli) completeVolumes(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var words []cobra.Completion
	if e, err := c.open(); err == nil {
		list, _ := e.Volumes().List() // what cannot be asked is not offered
		for _, v := range list {
			if !slices.Contains(args, v.Name) {
				words = append(words, v.Name)
			}
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}
