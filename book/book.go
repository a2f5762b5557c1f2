// Package book makes the book: static pages of the same lessons that the terminal
// shows, with a page for each declaration of the product and for each command.
//
//	s, err := book.Make(book.Content{Lessons: all, Labs: labs, Source: fsys})
//	err = s.Write(dir)
//
// Pages need no network and no script (only the search does), link to one another
// relatively, and so can be opened as files. Making them runs nothing: what
// commands print is what the lessons recorded.
package book

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"

	"drydock/book/code"
	"drydock/book/site"
	"drydock/labs"
	"drydock/lessons"
	"drydock/lessons/glossary"
)

//go:embed theme
var theme embed.FS

// roots are the folders of whose declarations there are pages: the product's, and
// the programs in its image, which lessons print too.
var roots = []string{"mini-docker", "mini-k8s", "cmd/box"}

// Content is what a book is made from.
type Content struct {
	Lessons  []lessons.Lesson
	Labs     []labs.Lab
	Source   fs.FS // of this module
	Commands []Command
	Terms    []glossary.Term
}

// Command is a command with the text of its help.
type Command struct {
	Name  string // drydock start
	Short string
	Help  string
}

// binder makes the pages and puts them into the site.
type binder struct {
	Content
	site   *site.Site
	index  *code.Index
	layout *template.Template
	places map[string][]glossary.Place // by the lesson's id: where its terms stand

	adding  sync.Mutex // pages of declarations are made side by side
	entries []entry    // of the search
}

// Make makes the whole book. A lesson whose excerpt is not the code is an error
// that names file and line.
func Make(c Content) (*site.Site, error) {
	index, err := code.Read(c.Source, roots...)
	if err != nil {
		return nil, fmt.Errorf("reading the source: %w", err)
	}
	layout, err := template.ParseFS(theme, "theme/*.html")
	if err != nil {
		return nil, fmt.Errorf("reading the theme: %w", err)
	}
	b := &binder{Content: c, site: site.New(), index: index, layout: layout, places: map[string][]glossary.Place{}}
	for _, l := range c.Lessons {
		b.places[l.ID] = glossary.Places(c.Terms, l)
	}
	for _, part := range []func() error{b.front, b.lessons, b.glossary, b.source, b.commands, b.notFound, b.search, b.files} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	return b.site, nil
}

// page is what every page has.
type page struct {
	Path  string
	Title string
	Text  string // for the search: what the page is about
	Kind  string // for the search: lesson, code, command
	Body  any    // what the page's own template shows
}

// Root leads from the page to the book's folder: "" or some "../".
func (p page) Root() string { return strings.Repeat("../", strings.Count(p.Path, "/")) }

// add makes a page by the template of that name and puts it into the book.
func (b *binder) add(name string, p page) error {
	var out bytes.Buffer
	for _, part := range []string{"head", name, "foot"} {
		if err := b.layout.ExecuteTemplate(&out, part, p); err != nil {
			return fmt.Errorf("making the page %s: %w", p.Path, err)
		}
	}
	b.adding.Lock()
	defer b.adding.Unlock()
	if p.Kind != "" {
		b.entries = append(b.entries, entry{p.Path, p.Title, p.Kind, p.Text})
	}
	return b.site.Add(p.Path, out.Bytes())
}

// notFound makes the page for a page that is not there.
func (b *binder) notFound() error {
	return b.add("missing", page{Path: site.NotFound, Title: "There is no such page"})
}

// files adds what pages need: the style, the script of the search.
func (b *binder) files() error {
	for _, name := range []string{"style.css", "search.js"} {
		content, err := theme.ReadFile(path.Join("theme", name))
		if err != nil {
			return fmt.Errorf("reading the theme: %w", err)
		}
		if err := b.site.Add(name, content); err != nil {
			return err
		}
	}
	return nil
}
