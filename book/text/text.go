// Package text turns what lessons are made of into HTML: prose in markdown, and
// Go code with its tokens coloured and its names linked.
//
//	html, err := text.Markdown("a **word**")
//	html := text.Go(code, map[int]string{12: "page.html"})
//
// HTML in the markdown is dropped, comments with it: authors put marks for the
// terminal there.
package text

import (
	"bytes"
	"fmt"
	"go/token"
	"html"
	"html/template"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"drydock/lessons/decl"
)

// Markdown returns the HTML of a text. Its headings have no anchors: the same one
// may stand in several parts of a page.
func Markdown(source string) (template.HTML, error) {
	var out bytes.Buffer
	markdown := goldmark.New(goldmark.WithExtensions(extension.Table))
	if err := markdown.Convert([]byte(source), &out); err != nil {
		return "", fmt.Errorf("reading markdown: %w", err)
	}
	// A corner without a word is no heading: a screen reader would announce it as one.
	page := strings.ReplaceAll(out.String(), "<th></th>", "<td></td>")
	return template.HTML(strings.ReplaceAll(page, "<!-- raw HTML omitted -->", "")), nil
}

// Line is Markdown for a text of one paragraph, without the paragraph.
func Line(source string) (template.HTML, error) {
	whole, err := Markdown(source)
	inner := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(string(whole)), "<p>"), "</p>")
	return template.HTML(inner), err
}

// Go returns the HTML of Go code. links says where the name at an offset leads to.
func Go(code string, links map[int]string) template.HTML {
	return template.HTML(decl.Mark(code, html.EscapeString, func(tok token.Token, literal string, offset int) string {
		tag, end := mark(tok, links[offset])
		if tag == "" {
			return ""
		}
		return tag + html.EscapeString(literal) + end
	}))
}

// mark is what stands before and behind a token, nothing for most.
func mark(tok token.Token, link string) (tag, end string) {
	switch {
	case tok == token.COMMENT:
		return `<span class="c">`, `</span>`
	case tok.IsKeyword():
		return `<span class="k">`, `</span>`
	case tok == token.IDENT && link != "":
		return `<a href="` + html.EscapeString(link) + `">`, `</a>`
	case tok.IsLiteral() && tok != token.IDENT:
		return `<span class="s">`, `</span>`
	}
	return "", ""
}
