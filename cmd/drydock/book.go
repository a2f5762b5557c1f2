//go:build !early

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"drydock/book"
	"drydock/book/site"
	"drydock/labs"
	"drydock/labs/source"
	"drydock/lessons"
	"drydock/lessons/glossary"
)

// bookFlags say where the book goes, and what it is made from.
type bookFlags struct {
	out, module string
	serve       bool
	port        int
}

// bookCommand makes the book of all lessons.
func bookCommand(t *tutor) *cobra.Command {
	var f bookFlags
	cmd := &cobra.Command{
		Use:   "book --out DIR | --serve",
		Short: "make a web site of all lessons and the source",
		Long: `Writes the lessons as pages for a browser, with a page for each declaration of
mini-docker and mini-k8s and for each command. The pages need no network and can
be opened as files:

  drydock book --out ~/drydock-book

or are served, to this machine alone, until you press Ctrl-C:

  drydock book --serve`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (f.out == "") == !f.serve {
				return errors.New("say where the book goes: drydock book --out DIR, or drydock book --serve")
			}
			debug.SetGCPercent(400) // all pages are in memory until they are written
			content, err := f.content(cmd.Root())
			if err != nil {
				return err
			}
			if f.serve {
				return t.serveBook(cmd.Context(), content, f.port)
			}
			pages, err := book.Make(content)
			if err != nil {
				return err
			}
			if err := pages.Write(f.out); err != nil {
				return err
			}
			t.say("The book is in %s: open %s/index.html.\n", f.out, strings.TrimSuffix(f.out, "/"))
			return nil
		},
	}
	cmd.Flags().StringVar(&f.out, "out", "", "the `DIR` to write to: empty, or not there yet")
	cmd.Flags().BoolVar(&f.serve, "serve", false, "serve the book on this machine")
	cmd.Flags().IntVar(&f.port, "port", 0, "with --serve: the `PORT`, 0 for any that is free")
	cmd.Flags().StringVar(&f.module, "source", "", "make it from the module in `DIR`, for authors")
	return cmd
}

// serveBook serves the book until it is interrupted.
func (t *tutor) serveBook(ctx context.Context, content book.Content, port int) error {
	listener, err := site.Listen(port)
	if err != nil {
		return err
	}
	defer listener.Close()
	pages, err := book.Make(content)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, unix.SIGINT, unix.SIGTERM)
	defer stop()
	t.say("The book is at http://%s/ until you press Ctrl-C.\n", listener.Addr())
	return pages.Serve(ctx, listener)
}

// content is what the book is made from: what is built in, or a module on disk.
func (f bookFlags) content(root *cobra.Command) (book.Content, error) {
	c := book.Content{Commands: bookCommands(root)}
	var err error
	if f.module != "" {
		c.Source = os.DirFS(f.module)
		if c.Terms, err = glossary.Load(c.Source); err != nil {
			return c, err
		}
		if c.Lessons, err = loadFrom(c.Source, "lessons", lessons.Load); err != nil {
			return c, err
		}
		c.Labs, err = loadFrom(c.Source, "labs", labs.Load)
		return c, err
	}
	fsys, ok := source.FS()
	if !ok {
		return c, errors.New("this drydock was built without the source in it: `make build` builds one with it")
	}
	c.Source = fsys
	if c.Lessons, err = lessons.Lessons(); err != nil {
		return c, err
	}
	if c.Terms, err = glossary.Terms(); err != nil {
		return c, err
	}
	c.Labs, err = labs.Labs()
	return c, err
}

// loadFrom loads what stands in a folder of a module.
func loadFrom[T any](module fs.FS, dir string, load func(fs.FS) (T, error)) (T, error) {
	below, err := fs.Sub(module, dir)
	if err != nil {
		var none T
		return none, fmt.Errorf("opening %s: %w", dir, err)
	}
	return load(below)
}

// bookCommands are the commands below one, with what their help says.
func bookCommands(cmd *cobra.Command) []book.Command {
	var all []book.Command
	for _, below := range cmd.Commands() {
		if below.Hidden || below.Name() == "help" {
			continue
		}
		help := strings.TrimSpace(below.Long)
		if help == "" {
			help = below.Short
		}
		all = append(all, book.Command{Name: below.CommandPath(), Short: below.Short, Help: help + "\n\n" + below.UsageString()})
		all = append(all, bookCommands(below)...)
	}
	return all
}
