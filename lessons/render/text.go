package render

import (
	"fmt"
	"strings"

	"drydock/lessons"
)

// Text renders markdown without fences that stands by itself: a task, or what
// an answer means.
func Text(markdown string, o Options) string {
	p := newPainter(o)
	p.add(p.prose(markdown))
	return p.text()
}

// Choices renders a question under a label ("Question 1 of 3") and its answers
// in the order given, with the letters to choose them by.
func Choices(label, question string, answers []lessons.Answer, o Options) string {
	p := newPainter(o)
	p.add(p.prose(fmt.Sprintf("**%s.** %s", label, question)))
	var list []string
	for n, a := range answers {
		list = append(list, p.item(string(rune('a'+n))+")", a.Text, p.Width))
	}
	p.add(strings.Join(list, "\n"))
	return p.text()
}
