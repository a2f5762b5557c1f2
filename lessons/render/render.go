// Package render turns parsed lessons into text for a terminal.
//
// Prose goes through glamour; console blocks, code, pictures and questions
// are drawn here, because what matters about them (which part is typed, which
// address code has, that a drawing is never wrapped) is not in markdown.
//
//	o := render.Detect(os.Stdout, os.Getenv, *plain)
//	text, err := render.Step(lesson, 2, o)
//	err = render.Page(os.Stdout, text, render.PagerCommand(os.LookupEnv))
//
// The Plain style holds no escape codes and is meant to be heard: it says
// what is typed and what is printed, and replaces drawings by their text.
//
// Importing the package costs some 15 ms at program start (glamour brings
// its lexers along), so nothing that starts containers may import it.
package render

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/glamour"
	xansi "github.com/charmbracelet/x/ansi"

	"drydock/lessons"
)

// Options say how to render. The zero value is Plain at DefaultWidth.
type Options struct {
	Width   int // columns; 0 means DefaultWidth
	Style   Style
	Teacher bool     // with the section for whoever teaches
	Answers bool     // say which answers are right, and why
	Inside  bool     // in a lesson's sandbox, where next, back, check and hint are commands
	Quiet   bool     // without recorded output: the learner sees their own
	Program string   // what to type for drydock where it is not in PATH; "" is drydock
	Lacking string   // why commands fail on this machine, as in lessons.Lesson.Recorded
	Without []string // ids of the labs that cannot be done on it
	Then    string   // id of the lesson that comes after, "" for none

	Tasks map[string]string // what to reach in each lab, in markdown, by LESSON/NAME
}

// Widths in columns. Longer lines than MaxWidth are hard to read, whatever
// the terminal offers.
const (
	DefaultWidth = 80
	MaxWidth     = 100
	minWidth     = 20
)

// painter renders blocks one after the other into out.
type painter struct {
	Options
	colors    palette
	renderers map[int]*glamour.TermRenderer // by width
	margin    string                        // left of everything: none where columns are few
	out       []string
}

// newPainter prepares a painter; width is what is left between the margins.
func newPainter(o Options) *painter {
	if o.Width == 0 {
		o.Width = DefaultWidth
	}
	o.Width = min(max(o.Width, minWidth), MaxWidth)
	p := &painter{Options: o, colors: palettes()[o.Style], renderers: map[int]*glamour.TermRenderer{}}
	if o.Width >= 60 && o.Style != Plain {
		p.margin = "  "
		p.Width -= len(p.margin)
	}
	return p
}

// text returns all that was painted, a blank line between parts.
func (p *painter) text() string {
	text := strings.Join(p.out, "\n\n")
	if p.Style == Plain {
		text = xansi.Strip(text) // glamour writes bold even without colours
	}
	lines := strings.Split(closeColours(text), "\n")
	for i, line := range lines {
		line = trimRight(line)
		if line != "" {
			line = p.margin + line
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n") + "\n"
}

// add paints one part, if there is anything to it.
func (p *painter) add(part string) {
	if part = strings.Trim(part, "\n"); part != "" {
		p.out = append(p.out, part)
	}
}

// Lesson renders a whole lesson.
func Lesson(l lessons.Lesson, o Options) string {
	p := newPainter(o)
	p.add(p.title(fmt.Sprintf("Lesson %d: %s", l.Number, l.Title)))
	p.add(p.prose(l.Summary))
	p.add(p.muted(p.about(l)))
	if len(l.Goals) > 0 {
		p.add(p.prose("You will be able to:\n\n- " + strings.Join(l.Goals, "\n- ")))
	}
	for _, b := range l.Intro {
		p.add(p.block(l, b))
	}
	for i, s := range l.Steps {
		p.step(l, s, i+1)
	}
	if o.Teacher && l.Teacher != nil {
		p.step(l, *l.Teacher, 0)
	}
	return p.text()
}

// about is the line under a lesson's title.
func (p *painter) about(l lessons.Lesson) string {
	line := fmt.Sprintf("%d minutes", l.Minutes)
	if len(l.Needs) > 0 {
		line += " · needs " + strings.Join(l.Needs, ", ")
	}
	return p.wrap(line)
}

// Step renders step n of a lesson, the first being 1, with a line above that
// says where one is and a line below that says what to type next. The
// introduction belongs to the first step.
func Step(l lessons.Lesson, n int, o Options) (string, error) {
	if n < 1 || n > len(l.Steps) {
		return "", fmt.Errorf("lesson %s has steps 1 to %d, not %d", l.ID, len(l.Steps), n)
	}
	p := newPainter(o)
	p.add(p.muted(p.wrap(fmt.Sprintf("%s %d/%d · %s", l.ID, n, len(l.Steps), l.Title))))
	if n == 1 {
		for _, b := range l.Intro {
			p.add(p.block(l, b))
		}
	}
	p.step(l, l.Steps[n-1], n)
	if o.Teacher && l.Teacher != nil {
		p.step(l, *l.Teacher, 0)
	}
	p.add(p.muted(p.wrap(p.footer(l, n, n > 1))))
	return p.text(), nil
}

// footer lists what makes sense to type at step n, each as it has to be typed.
// read is never among the short names: it is a command of the shell.
func (p *painter) footer(l lessons.Lesson, n int, back bool, more ...string) string {
	program := p.program()
	var verbs []string
	if n < len(l.Steps) {
		verbs = append(verbs, "next")
	}
	if back {
		verbs = append(verbs, "back")
	}
	verbs = append(verbs, more...)
	if p.isLab(l.Steps[n-1]) {
		verbs = append([]string{"check", "hint"}, verbs...)
		if !p.Inside {
			verbs = append([]string{"start " + l.ID}, verbs...)
		}
	}
	if l.Steps[n-1].Kind == lessons.QuestionsStep {
		quiz := "quiz"
		if !p.Inside {
			quiz += " " + l.ID
		}
		verbs = append([]string{quiz}, verbs...)
	}
	if !p.Inside {
		for n := range verbs {
			verbs[n] = program + " " + verbs[n]
		}
	}
	if n == len(l.Steps) && p.Then != "" {
		on := program + " start " + p.Then
		if p.Inside {
			on = "exit, and then " + on
		}
		verbs = append(verbs, on)
	}
	return p.commands("type: ", verbs)
}

// program is what to type for drydock.
func (p *painter) program() string {
	if p.Program == "" {
		return "drydock"
	}
	return p.Program
}

// commands is a line of commands behind a label; what does not fit goes on below,
// and no command is broken.
func (p *painter) commands(label string, all []string) string {
	const between = " · "
	text, at := label, len(label)
	for n, command := range all {
		wide := xansi.StringWidth(command)
		switch {
		case n == 0:
		case at+xansi.StringWidth(between)+wide > p.Width:
			text += "\n" + strings.Repeat(" ", len(label))
			at = len(label)
		default:
			text += between
			at += xansi.StringWidth(between)
		}
		text += command
		at += wide
	}
	return text
}

// step paints a heading and what stands under it. The number is what --step
// takes; the teacher's section has none (0).
func (p *painter) step(l lessons.Lesson, s lessons.Step, n int) {
	p.heading(s, n)
	for _, b := range s.Blocks {
		p.add(p.block(l, b))
	}
}

func titleOf(s lessons.Step) string {
	if s.Kind == lessons.LabStep {
		return "Lab: " + s.Title
	}
	return s.Title
}

// heading paints a step's title.
func (p *painter) heading(s lessons.Step, n int) {
	title := titleOf(s)
	switch {
	case n > 0 && p.Style == Plain:
		title = fmt.Sprintf("Step %d: %s", n, title)
	case n > 0:
		title = fmt.Sprintf("%d · %s", n, title)
	}
	p.add(p.title(title))
}

// block paints one block.
func (p *painter) block(l lessons.Lesson, b lessons.Block) string {
	switch b := b.(type) {
	case lessons.Prose:
		return p.prose(b.Text)
	case lessons.Console:
		return p.console(b)
	case lessons.Excerpt:
		return p.excerpt(b)
	case lessons.Picture:
		return p.picture(b)
	case lessons.Sample:
		return p.sample(b)
	case lessons.Question:
		return p.question(l, b)
	case lessons.Lab:
		return p.prose(p.Tasks[b.ID])
	}
	return ""
}
