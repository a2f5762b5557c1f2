package lessons

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// scanner walks over a lesson's lines. Line numbers start at 1, so lines[n-1]
// is line n and at is the number of the line that comes next.
type scanner struct {
	path  string
	lines []string
	at    int
}

// Parse reads one lesson.md. It fails only where the text has no meaning at
// all (no front matter, a fence that never closes), naming file and line;
// what can be read but should not stay so is for Check to say.
func Parse(file string, src []byte) (Lesson, error) {
	s := &scanner{path: file, lines: strings.Split(strings.TrimSuffix(string(src), "\n"), "\n"), at: 1}
	l := Lesson{Path: file, Source: src, Number: number(file)}
	if err := s.frontMatter(&l); err != nil {
		return Lesson{}, err
	}
	intro, err := s.blocks(Idea)
	if err != nil {
		return Lesson{}, err
	}
	l.Intro = intro
	for !s.done() {
		step, err := s.step()
		if err != nil {
			return Lesson{}, err
		}
		if step.Kind == teacherStep {
			l.Teacher = &step
			continue
		}
		l.Steps = append(l.Steps, step)
	}
	return l, nil
}

// number reads NN from .../NN-slug/lesson.md; 0 when there is none.
func number(file string) int {
	digits, _, _ := strings.Cut(path.Base(path.Dir(file)), "-")
	n, _ := strconv.Atoi(digits) // a folder without a number: Check says so
	return n
}

func (s *scanner) done() bool      { return s.at > len(s.lines) }
func (s *scanner) line() string    { return s.lines[s.at-1] }
func (s *scanner) isHeading() bool { return strings.HasPrefix(s.line(), "## ") }
func (s *scanner) isBreak() bool {
	return s.line() == beatMark || s.line() == predictMark
}
func (s *scanner) isQuestion() bool { return strings.HasPrefix(s.line(), "### ") }

// errorAt reports a fault in the file at a line.
func (s *scanner) errorAt(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", s.path, line, fmt.Sprintf(format, args...))
}

// labHeading takes "Lab: TITLE {LESSON/NAME}" apart.
var labHeading = regexp.MustCompile(`^Lab:\s*(.*?)\s*\{([^}]*)\}$`)

// step reads a "## " heading and all up to the next one.
func (s *scanner) step() (Step, error) {
	title := strings.TrimSpace(strings.TrimPrefix(s.line(), "## "))
	step := Step{Title: title, Line: s.at, Kind: kindOf(title)}
	if step.Kind == LabStep {
		m := labHeading.FindStringSubmatch(title)
		if m == nil {
			return step, s.errorAt(s.at, "a lab's heading reads `## Lab: TITLE {LESSON/NAME}`")
		}
		step.Title = m[1]
		step.Blocks = []Block{Lab{Span: Span{s.at, s.at}, Title: m[1], ID: m[2]}}
	}
	s.at++
	if s.skipBlank(); !s.done() && s.isSetup() {
		var err error
		if step.Setup, err = s.setup(); err != nil {
			return step, err
		}
	}
	blocks, err := s.blocks(step.Kind)
	step.Blocks = append(step.Blocks, blocks...)
	return step, err
}

// kindOf tells a step's kind from its heading.
func kindOf(title string) StepKind {
	switch {
	case strings.HasPrefix(title, "Lab:"):
		return LabStep
	case title == "Questions":
		return QuestionsStep
	case title == "How Docker does it", title == "How Kubernetes does it":
		return CompareStep
	case title == "Read next":
		return ReadNextStep
	case title == "For whoever teaches it":
		return teacherStep
	}
	return Idea
}

// blocks reads up to the next "## " heading.
func (s *scanner) blocks(kind StepKind) ([]Block, error) {
	var found []Block
	for !s.done() && !s.isHeading() {
		switch {
		case strings.HasPrefix(s.line(), "```"):
			b, err := s.fence()
			if err != nil {
				return nil, err
			}
			found = append(found, b)
		case s.isBreak():
			found = append(found, Break{Span: Span{s.at, s.at}, Predict: s.line() == predictMark})
			s.at++
		case kind == QuestionsStep && s.isQuestion():
			found = append(found, s.question())
		default:
			if p := s.prose(kind); p.Text != "" {
				found = append(found, p)
			}
		}
	}
	return found, nil
}

// prose reads text up to a fence, a break, a heading or, among questions, the next
// question; blank lines at both ends are dropped from text and span.
func (s *scanner) prose(kind StepKind) Prose {
	first := s.at
	for !s.done() && !s.isHeading() && !strings.HasPrefix(s.line(), "```") {
		if s.isBreak() || kind == QuestionsStep && s.isQuestion() {
			break
		}
		s.at++
	}
	last := s.at - 1
	for first <= last && strings.TrimSpace(s.lines[first-1]) == "" {
		first++
	}
	for last >= first && strings.TrimSpace(s.lines[last-1]) == "" {
		last--
	}
	return Prose{Span: Span{first, last}, Text: s.text(Span{first, last})}
}

// text returns the lines of a span, joined.
func (s *scanner) text(p Span) string {
	if p.Empty() {
		return ""
	}
	return strings.Join(s.lines[p.First-1:p.Last], "\n")
}

// fence reads one fenced block and hands its lines to the kind's own reader.
func (s *scanner) fence() (Block, error) {
	open := s.line()
	info := strings.TrimLeft(open, "`")
	mark := open[:len(open)-len(info)]
	span := Span{First: s.at}
	for s.at++; ; s.at++ {
		if s.done() {
			return nil, s.errorAt(span.First, "this fence never closes: a line of %s ends it", mark)
		}
		if strings.TrimRight(s.line(), " ") == mark {
			break
		}
	}
	span.Last = s.at
	s.at++

	body := Span{span.First + 1, span.Last - 1}
	word, rest, _ := strings.Cut(strings.TrimSpace(info), " ")
	rest = strings.TrimSpace(rest)
	switch {
	case word == "console":
		return s.console(span, body, rest)
	case word == "go" && rest != "":
		return Excerpt{Span: span, Address: rest, Text: s.text(body), Body: body}, nil
	case word == "picture":
		return Picture{Span: span, Alt: rest, Text: s.text(body)}, nil
	}
	return Sample{Span: span, Language: word, Text: s.text(body)}, nil
}
