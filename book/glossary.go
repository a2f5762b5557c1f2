package book

import (
	"html/template"
	"strings"

	"drydock/book/text"
	"drydock/lessons"
	"drydock/lessons/glossary"
)

// glossaryPath is where the page of the terms stands, each under its anchor.
const glossaryPath = "glossary.html"

// termPrefix begins the anchor of a term's place in a lesson.
const termPrefix = "term-"

// explained is a term as the glossary's page shows it.
type explained struct {
	glossary.Term
	Others  string // its other names
	Means   template.HTML
	Lessons []lessons.Lesson
}

// glossary makes the page of the terms. The search knows each by itself.
func (b *binder) glossary() error {
	var shown []explained
	for _, term := range b.Terms {
		means, err := text.Markdown(term.Text)
		if err != nil {
			return err
		}
		e := explained{Term: term, Others: strings.Join(term.Also, ", "), Means: means}
		for _, l := range b.Lessons {
			if len(glossary.Places([]glossary.Term{term}, l)) > 0 {
				e.Lessons = append(e.Lessons, l)
			}
		}
		shown = append(shown, e)
		b.entries = append(b.entries, entry{glossaryPath + "#" + term.Anchor(), term.Name, "term", strings.Join(append(term.Also, term.Text), " ")})
	}
	return b.add("glossary", page{Path: glossaryPath, Title: "Glossary", Body: shown})
}

// prose is the HTML of a lesson's text, in which the terms that it explains lead to
// the glossary. They are anchors, too, so that the glossary leads back.
func (b *binder) prose(l lessons.Lesson, p lessons.Prose) (template.HTML, error) {
	source := p.Text
	places := b.places[l.ID]
	for i := len(places) - 1; i >= 0; i-- { // from behind, so that offsets hold
		if at := places[i]; at.Block.First == p.First {
			link := "](" + relative(lessonPath(l.ID), glossaryPath) + "#" + at.Term.Anchor() + ")"
			start, end := at.Start, at.End
			if at.InCode() {
				start, end = start-1, end+1 // the marks of code belong to it
			}
			source = source[:start] + "[" + source[start:end] + link + source[end:]
		}
	}
	html, err := text.Markdown(source)
	to := `<a href="` + relative(lessonPath(l.ID), glossaryPath) + `#`
	for _, at := range places {
		if at.Block.First == p.First {
			html = template.HTML(strings.Replace(string(html), to+at.Term.Anchor()+`"`,
				`<a class="term" id="`+termPrefix+at.Term.Anchor()+`" href="`+to[len(`<a href="`):]+at.Term.Anchor()+`"`, 1))
		}
	}
	return html, err
}
