package book

import (
	"fmt"
	"html/template"
	"path"
	"strings"

	"drydock/book/code"
	"drydock/book/text"
	"drydock/labs"
	"drydock/lessons"
)

// lessonPath is where a lesson's page stands.
func lessonPath(id string) string { return "lessons/" + id + ".html" }

// lessonPage is what a lesson's page shows.
type lessonPage struct {
	lessons.Lesson
	Lead           template.HTML
	Aims           []template.HTML // the goals
	Start          []template.HTML
	Parts          []part
	ForTeachers    *part
	Previous, Next *lessons.Lesson
}

// part is one step of a lesson.
type part struct {
	Anchor string
	Title  string
	Blocks []template.HTML
}

// lessons makes a page for each lesson.
func (b *binder) lessons() error {
	for i, l := range b.Lessons {
		if err := b.stale(l); err != nil {
			return err
		}
		shown, err := b.lesson(l)
		if err != nil {
			return err
		}
		if i > 0 {
			shown.Previous = &b.Lessons[i-1]
		}
		if i+1 < len(b.Lessons) {
			shown.Next = &b.Lessons[i+1]
		}
		err = b.add("lesson", page{Path: lessonPath(l.ID), Title: l.Title, Kind: "lesson", Text: words(l), Body: shown})
		if err != nil {
			return err
		}
	}
	return nil
}

// stale is the error of the first excerpt that is not the code. The index has the
// code at hand; what is wrong with an excerpt, and in which line, lessons know.
func (b *binder) stale(l lessons.Lesson) error {
	for _, e := range l.Excerpts() {
		d, ok := b.index.Find(e.Address)
		if ok {
			if _, ok := e.Find(strings.TrimRight(d.Text, "\n")); ok {
				continue
			}
		}
		if wrong := lessons.Stale(l, b.Source); len(wrong) > 0 {
			return fmt.Errorf("making the page of %s: %s", l.ID, wrong[0])
		}
	}
	return nil
}

// lesson turns the blocks of a lesson into HTML.
func (b *binder) lesson(l lessons.Lesson) (*lessonPage, error) {
	shown := &lessonPage{Lesson: l}
	var err error
	if shown.Lead, err = text.Line(l.Summary); err != nil {
		return nil, err
	}
	for _, goal := range l.Goals {
		aim, err := text.Line(goal)
		if err != nil {
			return nil, err
		}
		shown.Aims = append(shown.Aims, aim)
	}
	if shown.Start, err = b.blocks(l, l.Intro); err != nil {
		return nil, err
	}
	for i, s := range l.Steps {
		p, err := b.step(l, s, fmt.Sprintf("step-%d", i+1))
		if err != nil {
			return nil, err
		}
		shown.Parts = append(shown.Parts, p)
	}
	if l.Teacher != nil {
		p, err := b.step(l, *l.Teacher, "teacher")
		if err != nil {
			return nil, err
		}
		shown.ForTeachers = &p
	}
	return shown, nil
}

func (b *binder) step(l lessons.Lesson, s lessons.Step, anchor string) (part, error) {
	blocks, err := b.blocks(l, s.Blocks)
	title := s.Title
	if s.Kind == lessons.LabStep {
		title = "Lab: " + title
	}
	return part{anchor, title, blocks}, err
}

func (b *binder) blocks(l lessons.Lesson, all []lessons.Block) ([]template.HTML, error) {
	var shown []template.HTML
	for _, each := range all {
		html, err := b.block(l, each)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", l.Path, each.Lines().First, err)
		}
		shown = append(shown, html)
	}
	return shown, nil
}

// block is the HTML of one block of a lesson.
func (b *binder) block(l lessons.Lesson, each lessons.Block) (template.HTML, error) {
	switch each := each.(type) {
	case lessons.Break:
		return "", nil // the book shows whole steps
	case lessons.Prose:
		return b.prose(l, each)
	case lessons.Console:
		return b.console(each)
	case lessons.Excerpt:
		return b.excerpt(l, each)
	case lessons.Picture:
		return b.part("picture", each)
	case lessons.Sample:
		return b.part("sample", each)
	case lessons.Lab:
		return b.lab(each)
	case lessons.Question:
		return b.question(each)
	}
	return "", fmt.Errorf("the book cannot show a %T", each)
}

// part is what the template of that name makes of a block.
func (b *binder) part(name string, body any) (template.HTML, error) {
	var out strings.Builder
	err := b.layout.ExecuteTemplate(&out, name, body)
	return template.HTML(out.String()), err
}

// excerpt shows code under its address, which leads to its source page.
func (b *binder) excerpt(l lessons.Lesson, e lessons.Excerpt) (template.HTML, error) {
	d, ok := b.index.Find(e.Address)
	if !ok {
		return "", fmt.Errorf("%s has no source page: it is not below %s", e.Address, strings.Join(roots, ", "))
	}
	return b.part("excerpt", map[string]any{
		"Address": e.Address, "Link": relative(lessonPath(l.ID), codePath(d)), "Code": b.focus(l, e, d),
	})
}

// focus is the HTML of those lines of a declaration that an excerpt prints. No
// token of what lessons print goes over several lines.
func (b *binder) focus(l lessons.Lesson, e lessons.Excerpt, d *code.Declaration) template.HTML {
	whole := b.code(lessonPath(l.ID), d)
	if !e.InFocus() {
		return whole
	}
	lines, _ := e.Find(strings.TrimRight(d.Text, "\n")) // as they are: stale has looked
	all := strings.Split(string(whole), "\n")
	shown := strings.Split(e.Text, "\n")
	for i, line := range lines {
		if line < 0 {
			shown[i] = string(text.Go(shown[i], nil))
		} else {
			shown[i] = all[line]
		}
	}
	return template.HTML(strings.Join(shown, "\n"))
}

// lab shows what a lab asks for, and how to begin it.
func (b *binder) lab(place lessons.Lab) (template.HTML, error) {
	for _, lab := range b.Labs {
		if lab.ID != place.ID {
			continue
		}
		task, err := text.Markdown(lab.OnPage())
		if err != nil {
			return "", err
		}
		return b.part("lab", map[string]any{"ID": lab.ID, "Kind": demand(lab.Kind), "Task": task})
	}
	return "", fmt.Errorf("there is no lab %s", place.ID)
}

// demand says what is to be done in a lab of a kind.
func demand(kind labs.Kind) string {
	switch kind {
	case labs.Build:
		return "write back a piece of the engine"
	case labs.Fix:
		return "find what is broken, and mend it"
	}
	return "bring the sandbox into a state"
}

// question shows a question with its answers folded.
func (b *binder) question(q lessons.Question) (template.HTML, error) {
	asked, err := text.Markdown(q.Text)
	if err != nil {
		return "", err
	}
	type answer struct {
		Text, Why template.HTML
		Right     bool
	}
	var answers []answer
	for _, a := range q.Shown() {
		said, err := text.Line(a.Text)
		if err != nil {
			return "", err
		}
		why, err := text.Line(a.Why)
		if err != nil {
			return "", err
		}
		answers = append(answers, answer{said, why, a.Right})
	}
	return b.part("question", map[string]any{"Text": asked, "Answers": answers})
}

// words are what the search knows of a lesson: what is shown of a result first, its
// summary, goals and headings; then its text and what is typed in it.
func words(l lessons.Lesson) string {
	all := append([]string{l.ID, l.Summary}, l.Goals...)
	var rest []string
	for _, s := range l.Steps {
		all = append(all, s.Title)
		for _, block := range s.Blocks {
			switch block := block.(type) {
			case lessons.Prose:
				rest = append(rest, block.Text)
			case lessons.Console:
				for _, command := range block.Commands {
					rest = append(rest, command.Input)
				}
			}
		}
	}
	all = append(all, strings.Fields(strings.Join(rest, " "))...)
	return strings.Join(all, " ")
}

// relative is the way from one page to another.
func relative(from, to string) string {
	up := strings.Count(path.Clean(from), "/")
	return strings.Repeat("../", up) + to
}
