package book

import (
	"html/template"
	"strings"

	"drydock/lessons"
)

// console is a console block as its template shows it.
type console struct {
	Commands []command
	Fails    bool
	Skip     string
}

// command is one typed line with what it prints.
type command struct {
	Typed   string
	Output  bool
	Printed string
}

// console shows what is typed, and what it prints folded: whoever is asked what they
// expect shall not have the answer beside the question.
func (b *binder) console(c lessons.Console) (template.HTML, error) {
	shown := console{Fails: c.Fails, Skip: c.Skip}
	for _, each := range c.Commands {
		shown.Commands = append(shown.Commands, command{
			Typed:   strings.ReplaceAll(each.Input, "\n", "\n> "),
			Output:  len(each.Output) > 0,
			Printed: strings.Join(each.Output, "\n"),
		})
	}
	return b.part("console", shown)
}
