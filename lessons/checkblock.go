package lessons

import (
	"regexp"
	"slices"
	"strings"
)

// block checks one block by itself.
func (c *linter) block(b Block) {
	switch b := b.(type) {
	case Prose:
		for n, line := range strings.Split(b.Text, "\n") {
			c.words(b.First+n, line)
			c.same(b.First+n, line)
		}
	case Question:
		c.words(b.First, b.Text)
	case Console:
		c.console(b)
	case Excerpt:
		if strings.TrimSpace(b.Text) == "" {
			c.add(b.First, "this excerpt is empty: `drydock verify --update` fills it")
		}
		if b.InFocus() && !b.isGo() {
			c.add(b.First, "what this excerpt prints is not Go, as when `%s` takes a closing brace along: "+
				"print the brace, and the line that opens it", Elided)
		}
		c.wide(b.Body.First, b.Text)
	case Picture:
		if b.Alt == "" {
			c.add(b.First, "this picture has no text for those who do not see it: ```picture TEXT")
		}
		c.wide(b.First+1, b.Text)
	case Lab:
		if lesson, _, ok := strings.Cut(b.ID, "/"); !ok || lesson != c.ID {
			c.add(b.First, "lab %q is not one of this lesson: its id is %s/NAME", b.ID, c.ID)
		}
	case Sample:
		c.sample(b)
		c.wide(b.First+1, b.Text)
	}
}

// sample turns away fences that look checked and are not.
func (c *linter) sample(b Sample) {
	switch {
	case b.Language == "go":
		c.add(b.First, "go fence without an address: ```go mini-docker/namespace.CloneFlags")
	case !slices.Contains(sampleLanguages, b.Language):
		c.add(b.First, "unknown fence %q: it is console, go ADDRESS, picture TEXT, %s",
			b.Language, strings.Join(sampleLanguages, ", "))
	}
}

// hype are words that promise instead of telling, or that make a learner who
// does not find it easy feel alone.
var hype = regexp.MustCompile(`(?i)\b(simply|obviously|trivial(ly)?|easy|easily|effortless(ly)?|seamless(ly)?|` +
	`powerful|robust|amazing|awesome|magical(ly)?|blazing(ly)?|cutting-edge|world-class|revolutionary|` +
	`game-chang(er|ing)|supercharge[ds]?|unleash(es|ed)?|delve|leverag(e|es|ed|ing))\b`)

// notOurs is left alone by words: a command in `…` and a book in *…* are
// called what they are called.
var notOurs = regexp.MustCompile("`[^`]*`|(?:^|[^*])\\*[^*]+\\*")

// words reports hype in text that starts at a line.
func (c *linter) words(line int, text string) {
	for _, word := range hype.FindAllString(notOurs.ReplaceAllString(text, ""), -1) {
		c.add(line, "%q: say what is so instead", word)
	}
}
