package lessons

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Limits on a lesson's length, from the curriculum: one idea a step, and a
// sitting that fits between two other things.
const (
	MaxSteps     = 7
	MaxMinutes   = 35
	MinQuestions = 3
)

// Problem is something an author has to mend, at a line of the lesson's file.
type Problem struct {
	File string
	Line int
	Text string
}

// String prints file:line: text, which editors can jump to.
func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// NeedNames are the words that front matter's needs may use: what a machine
// can lack. The doctor knows how to look for each.
func NeedNames() []string {
	return []string{"userns", "overlay", "net", "go", "golang", "cgroup memory", "cgroup cpu", "cgroup pids", "cluster"}
}

// sampleLanguages are the fences besides console, go ADDRESS and picture.
// Nothing checks what they hold, so the list is short on purpose.
var sampleLanguages = []string{"text", "c", "json", "yaml", "dockerfile"}

// slug is what ids look like.
var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// linter collects the problems of one lesson.
type linter struct {
	Lesson
	found []Problem
}

func (c *linter) add(line int, format string, args ...any) {
	c.found = append(c.found, Problem{c.Path, line, fmt.Sprintf(format, args...)})
}

// Check says what a lesson lacks or should not have, in the file's order. It
// reads the lesson alone: whether its excerpts are those of the code is for
// Stale, whether its console blocks are true for the labs' part.
func Check(l Lesson) []Problem {
	c := &linter{Lesson: l}
	c.frontMatter()
	c.steps()
	c.questions()
	for _, step := range c.all() {
		for _, b := range step.Blocks {
			c.block(b)
		}
		c.predictions(step)
	}
	slices.SortStableFunc(c.found, func(a, b Problem) int { return a.Line - b.Line })
	return c.found
}

// all returns every run of blocks: intro, steps and the teacher's section.
func (c *linter) all() []Step {
	all := append([]Step{{Blocks: c.Intro, Line: 1}}, c.Steps...)
	if c.Teacher != nil {
		all = append(all, *c.Teacher)
	}
	return all
}

// frontMatter checks what stands above the text.
func (c *linter) frontMatter() {
	if !slug.MatchString(c.ID) {
		c.add(c.front.line("id"), "id %q is not a slug such as hostname-and-ipc", c.ID)
	} else if !strings.Contains(c.Path, fmt.Sprintf("/%02d-%s/", c.Number, c.ID)) {
		c.add(c.front.line("id"), "id %q does not match the folder: it is NN-%s", c.ID, c.ID)
	}
	for key, value := range map[string]string{"title": c.Title, "summary": c.Summary} {
		if value == "" {
			c.add(c.front.line(key), "no %s", key)
		}
	}
	if c.Minutes <= 0 {
		c.add(c.front.line("minutes"), "no minutes: how long does a learner take?")
	}
	if c.Minutes > MaxMinutes {
		c.add(c.front.line("minutes"), "%d minutes: at most %d, else make two lessons of it", c.Minutes, MaxMinutes)
	}
	if len(c.Goals) == 0 {
		c.add(c.front.line("goals"), "no goals: what will the learner be able to do?")
	}
	for _, need := range c.Needs {
		if !slices.Contains(NeedNames(), need) {
			c.add(c.front.line("needs"), "unknown need %q: it is one of %s", need, strings.Join(NeedNames(), ", "))
		}
	}
}

// steps checks the build-up of the whole.
func (c *linter) steps() {
	ideas, pictures := 0, 0
	has := map[StepKind]bool{}
	for _, step := range c.all() {
		has[step.Kind] = true
		if step.Kind == Idea && step.Title != "" {
			ideas++
		}
		if ideas == MaxSteps+1 && step.Kind == Idea {
			c.add(step.Line, "step %d: at most %d, labs and questions not counted", ideas, MaxSteps)
		}
		if step.Title != "" && len(step.Blocks) == 0 {
			c.add(step.Line, "%q is empty", step.Title)
		}
		for _, b := range step.Blocks {
			if _, ok := b.(Picture); ok {
				pictures++
			}
		}
	}
	if pictures == 0 {
		c.add(1, "no picture")
	}
	for kind, heading := range map[StepKind]string{
		LabStep: "Lab: TITLE {LESSON/NAME}", CompareStep: "How Docker does it", ReadNextStep: "Read next",
	} {
		if !has[kind] {
			c.add(1, "no `## %s`", heading)
		}
	}
	if c.Teacher == nil {
		c.add(1, "no `## For whoever teaches it`")
	}
}

// questions checks that there are three, and that each can be learned from.
func (c *linter) questions() {
	asked := c.Questions()
	if len(asked) < MinQuestions {
		c.add(1, "%d questions: at least %d", len(asked), MinQuestions)
	}
	for _, q := range asked {
		if len(q.Answers) < 2 {
			c.add(q.First, "%d answers: a question offers at least two", len(q.Answers))
		}
		if !slices.ContainsFunc(q.Answers, func(a Answer) bool { return a.Right }) {
			c.add(q.First, "no answer is right: mark one with - [x]")
		}
		for _, a := range q.Answers {
			if a.Why == "" {
				c.add(a.Line, "this answer is not explained: - [ ] answer | why")
			}
			c.words(a.Line, a.Text+" "+a.Why)
		}
	}
}

// predictions checks that each question which asks for one ends its beat: an
// answer on the same screen leaves nothing to predict.
func (c *linter) predictions(step Step) {
	for i, b := range step.Blocks {
		p, ok := b.(Prose)
		if !ok || !strings.Contains("\n"+p.Text, "\n"+asks) {
			continue
		}
		last := strings.HasPrefix(lastParagraph(p.Text), asks) && strings.Count("\n"+p.Text, "\n"+asks) == 1
		if br, ends := at(step.Blocks, i+1).(Break); !last || !ends || !br.Predict {
			c.add(p.Last, "a question that is to be predicted ends its beat: put `%s` below it", predictMark)
		}
	}
}

// at is the block at an index, nil past the end.
func at(blocks []Block, i int) Block {
	if i < len(blocks) {
		return blocks[i]
	}
	return nil
}
