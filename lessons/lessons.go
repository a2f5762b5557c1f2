// Package lessons holds the lessons and reads them: one markdown file a
// lesson, NN-slug/lesson.md, built into the program.
//
// The tutor prints a lesson, the book turns it into a page, and the tests run
// its console blocks, all from what Parse returns. Every block therefore
// knows which lines of the file it came from: a problem is reported as
// file:line, and Rewrite can put fresh output into the very lines that went
// stale and leave all others as their author wrote them.
//
//	l, err := lessons.Find("processes")
//	for _, step := range l.Steps {
//		for _, b := range step.Blocks {
//			switch b := b.(type) {
//			case lessons.Console: // b.Commands, each with its expected output
//			case lessons.Excerpt: // b.Address, b.Text
//			}
//		}
//	}
//
// # The format
//
// A file opens with YAML front matter between two lines of "---": id, title,
// summary, minutes, needs (what the machine must have) and goals (what the
// learner will be able to do). Text up to the first "## " heading introduces
// the lesson; each such heading opens a step. Five headings mean more:
//
//	## Lab: TITLE {LESSON/NAME}   places a lab
//	## Questions                  holds "### question" and "- [x] answer | why"
//	## How Docker does it         (or Kubernetes) compares
//	## Read next                  lists further reading
//	## For whoever teaches it     is shown with --teacher only
//
// A comment that begins with `<!-- setup` under a heading brings a new sandbox to
// where the step begins. A line `<!-- beat -->` or `<!-- predict -->` ends a beat: what
// is read at once.
//
// Fences are console, go, picture and text; AUTHORING.md shows each.
//
// The package does not print: that is lessons/render. It runs nothing: that
// is the labs' part.
package lessons

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"drydock/lessons/near"
)

//go:embed */lesson.md
var embedded embed.FS

// Lesson is one parsed lesson.md.
type Lesson struct {
	ID      string // the slug; never changes, since progress is stored under it
	Number  int    // place on the path, from the folder's name; may change
	Title   string
	Summary string
	Minutes int      // for a learner who works alone
	Needs   []string // what the machine must have: see NeedNames
	Goals   []string

	Intro   []Block // text before the first step
	Steps   []Step  // what next and back walk through, in the file's order
	Teacher *Step   // for whoever teaches; nil when the file has none

	Path   string   // of the file, relative to the module: lessons/NN-slug/lesson.md
	Source []byte   // the file as it is
	front  position // lines of the front matter's keys, for problems
}

// StepKind says what a learner does in a step.
type StepKind int

// The kinds of step. Only ideas count towards the limit on a lesson's length.
const (
	Idea StepKind = iota
	LabStep
	QuestionsStep
	CompareStep // "How Docker does it"
	ReadNextStep
	teacherStep // never among Lesson.Steps
)

// Step is what stands under one "## " heading.
type Step struct {
	Kind   StepKind
	Title  string
	Line   int // of the heading
	Blocks []Block
	Setup  string // shell: what a new sandbox needs for the step; "" for nothing
}

// Lessons returns the built-in lessons by number.
func Lessons() ([]Lesson, error) { return Load(embedded) }

// Load parses every */lesson.md of fsys and sorts the lessons by number. It
// is Lessons for a tree on disk, where an author is still writing.
func Load(fsys fs.FS) ([]Lesson, error) {
	files, err := fs.Glob(fsys, "*/lesson.md")
	if err != nil {
		return nil, fmt.Errorf("listing lessons: %w", err)
	}
	var all []Lesson
	for _, file := range files {
		src, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("reading lesson: %w", err)
		}
		l, err := Parse(path.Join("lessons", file), src)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b Lesson) int { return a.Number - b.Number })
	return all, nil
}

// NotFoundError reports an id that no lesson has.
type NotFoundError struct {
	ID   string
	Near []string // ids that look like it, nearest first
}

// Error names the near ids, so that a typing error costs one more line only.
func (e *NotFoundError) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("unknown lesson %q: `drydock lessons` lists them", e.ID)
	}
	return fmt.Sprintf("unknown lesson %q: did you mean %s?", e.ID, strings.Join(e.Near, " or "))
}

// Find returns the built-in lesson with that id, or with that number: people
// type what the table shows them. The error is a *NotFoundError.
func Find(id string) (Lesson, error) {
	all, err := Lessons()
	if err != nil {
		return Lesson{}, err
	}
	return Pick(all, id)
}

// Pick is Find among lessons already loaded.
func Pick(all []Lesson, id string) (Lesson, error) {
	number, err := strconv.Atoi(id)
	isNumber := err == nil
	ids := make([]string, 0, len(all))
	for _, l := range all {
		if l.ID == id || isNumber && l.Number == number {
			return l, nil
		}
		ids = append(ids, l.ID)
	}
	return Lesson{}, &NotFoundError{ID: id, Near: near.Names(id, ids)}
}

// Labs returns the labs the lesson places, in order.
func (l Lesson) Labs() []Lab { return collect[Lab](l.Steps) }

// Questions returns the lesson's questions, in order.
func (l Lesson) Questions() []Question { return collect[Question](l.Steps) }

// Consoles returns the lesson's console blocks in the order a learner types
// them: state carries on from one to the next.
func (l Lesson) Consoles() []Console {
	return collect[Console](append([]Step{{Blocks: l.Intro}}, l.Steps...))
}

// Excerpts returns the lesson's pieces of code, in order.
func (l Lesson) Excerpts() []Excerpt {
	return collect[Excerpt](append([]Step{{Blocks: l.Intro}}, l.Steps...))
}

// collect picks the blocks of one type out of steps.
func collect[B Block](steps []Step) []B {
	var found []B
	for _, s := range steps {
		for _, b := range s.Blocks {
			if one, ok := b.(B); ok {
				found = append(found, one)
			}
		}
	}
	return found
}
