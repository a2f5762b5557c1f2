package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"text/template"
	"unicode/utf8"
)

// row is what a template sees of one thing in a list, by Docker's field names.
type row map[string]string

// listing prints rows the way --format asks for.
type listing struct {
	headers row    // the heading of each field
	columns string // the template of the default table
	format  string // --format
}

// print prints the rows: as a table with headings ("", "table", "table
// TEMPLATE"), as JSON ("json") or each through a template.
//
// Cells are at least ten characters wide and three apart, as Docker's.
func (l listing) print(out io.Writer, rows []row) error { return l.spaced(out, rows, 10, 3) }

// fitted is print for a screen of so many columns, 0 for any number: where Docker's
// table is wider, and its lines would break, cells stand closer together.
func (l listing) fitted(rows []row, columns int) (string, error) {
	var text strings.Builder
	err := l.print(&text, rows)
	for apart := 2; err == nil && apart > 0 && columns > 0 && widest(text.String()) > columns; apart-- {
		text.Reset()
		err = l.spaced(&text, rows, 0, apart)
	}
	return text.String(), err
}

// widest is the width of the widest line, in characters.
func widest(text string) int {
	most := 0
	for line := range strings.Lines(text) {
		most = max(most, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))
	}
	return most
}

func (l listing) spaced(out io.Writer, rows []row, least, apart int) error {
	format, isTable := strings.CutPrefix(l.format, "table")
	isTable = isTable || format == ""
	if format = strings.TrimSpace(format); format == "" {
		format = l.columns
	}
	if format == "json" {
		format = "{{json .}}"
	}
	parsed, err := parseTemplate(format)
	if err != nil {
		return err
	}
	if !isTable {
		return each(out, parsed, rows)
	}
	table := tabwriter.NewWriter(out, least, 1, apart, ' ', 0)
	if err := each(table, parsed, append([]row{l.headers}, rows...)); err != nil {
		return err
	}
	return table.Flush()
}

// each prints every row on a line of its own.
func each(out io.Writer, parsed *template.Template, rows []row) error {
	for _, row := range rows {
		if err := parsed.Execute(out, row); err != nil {
			return templateError(err)
		}
		fmt.Fprintln(out)
	}
	return nil
}

// parseTemplate understands Docker's templates: Go's, with functions of Docker's
// and \t and \n for a tab and the end of a line, which are hard to type.
func parseTemplate(text string) (*template.Template, error) {
	text = strings.NewReplacer(`\t`, "\t", `\n`, "\n").Replace(text)
	parsed, err := template.New("").Funcs(templateFunctions()).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, &statusError{64, fmt.Errorf("template parsing error: %w", err)}
	}
	return parsed, nil
}

func templateError(err error) error {
	return fmt.Errorf("template: executing the --format: %w", err)
}

// templateFunctions are the functions Docker's templates have besides Go's.
func templateFunctions() template.FuncMap {
	return template.FuncMap{
		"json":  toJSON,
		"split": strings.Split,
		"join":  strings.Join,
		"lower": strings.ToLower,
		"upper": strings.ToUpper,
		"title": title,
		"pad":   func(text string, before, after int) string { return spaces(before) + text + spaces(after) },
		"truncate": func(text string, length int) string {
			return string([]rune(text)[:min(length, len([]rune(text)))])
		},
	}
}

// toJSON writes a value without taking < and > for HTML.
func toJSON(value any) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return strings.TrimSpace(text.String()), err
}

func title(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func spaces(n int) string { return strings.Repeat(" ", n) }

// ellipsis cuts a text to a width, as Docker's columns do.
func ellipsis(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	return string(runes[:width-1]) + "…"
}
