package lessons

// Span is a run of lines of a lesson's file, both ends included, the first
// line being 1. An empty span (Last = First-1) stands before line First.
type Span struct{ First, Last int }

// Lines is the span itself; embedding Span makes a type a Block.
func (s Span) Lines() Span { return s }

// Empty reports whether the span holds no line.
func (s Span) Empty() bool { return s.Last < s.First }

// Block is one piece of a step: Prose, Console, Excerpt, Picture, Sample,
// Lab, Question or Break.
type Block interface{ Lines() Span }

var (
	_ Block = Prose{}
	_ Block = Console{}
	_ Block = Excerpt{}
	_ Block = Picture{}
	_ Block = Sample{}
	_ Block = Lab{}
	_ Block = Question{}
	_ Block = Break{}
)

// Prose is markdown without fences.
type Prose struct {
	Span
	Text string
}

// Console is a ```console fence: what a learner types and then sees.
type Console struct {
	Span
	Commands []Command
	Fails    bool   // the last command is meant to fail
	Anywhere bool   // it needs nothing of what the lesson needs of a machine
	Skip     string // why no machine runs it ("interactive"); "" = it is run
}

// Command is one typed line of a console block and what it prints.
type Command struct {
	Line   int      // of the "$ " line
	Input  string   // without the prompt; lines that continue it with "> " are joined by newlines
	Output []string // expected; "…" stands for any text, a line of only "…" for any lines
	Shown  Span     // the lines of Output, empty when nothing is shown
}

// Excerpt is a ```go ADDRESS fence: a declaration of this module as it is
// compiled today, whole or in focus: with lines left out where Elided stands.
type Excerpt struct {
	Span
	Address string // e.g. mini-docker/namespace.CloneFlags
	Text    string
	Body    Span // the lines between the fences
}

// Picture is a ```picture ALT-TEXT fence.
type Picture struct {
	Span
	Alt  string // says what the drawing says, for those who do not see it
	Text string
}

// Sample is any other fence: a file's content, a line of C. Nothing checks it.
type Sample struct {
	Span
	Language string
	Text     string
}

// Lab is the place of a lab, from a "## Lab: TITLE {ID}" heading.
type Lab struct {
	Span
	ID    string // LESSON/NAME
	Title string
}

// Question is a "### question" under "## Questions" with its answers.
type Question struct {
	Span
	Text    string // markdown; what stands between the heading and the answers belongs to it
	Answers []Answer
}

// Answer is one choice: "- [x] text | why" is right, "- [ ] text | why" is not.
type Answer struct {
	Line  int
	Text  string
	Why   string // shown once the learner has chosen
	Right bool
}
