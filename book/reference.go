package book

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// entry is what the search knows of a page.
type entry struct{ path, title, kind, text string }

// commands makes a page for each command, from its own help.
func (b *binder) commands() error {
	for _, c := range b.Commands {
		err := b.add("command", page{Path: commandPath(c), Title: c.Name, Kind: "command", Text: c.Short, Body: c})
		if err != nil {
			return err
		}
	}
	return b.add("commands", page{Path: "commands/index.html", Title: "The commands", Body: b.Commands})
}

func commandPath(c Command) string { return "commands/" + c.File() }

// File is the name of the command's page.
func (c Command) File() string { return strings.ReplaceAll(c.Name, " ", "-") + ".html" }

// search makes the page of the search, with the index that its script looks through.
// The index is a script itself: a page opened as a file may not read another file.
func (b *binder) search() error {
	if err := b.add("search", page{Path: "search.html", Title: "Search"}); err != nil {
		return err
	}
	slices.SortFunc(b.entries, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	rows := make([][4]string, 0, len(b.entries))
	for _, e := range b.entries {
		rows = append(rows, [4]string{e.path, e.title, e.kind, e.text})
	}
	index, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("writing the index of the search: %w", err)
	}
	return b.site.Add("search-index.js", []byte("var bookIndex = "+string(index)+";\n"))
}
