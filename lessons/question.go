package lessons

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

// question reads a "### " heading, the text below it and its answers, up to
// the next question or step.
func (s *scanner) question() Question {
	q := Question{Span: Span{First: s.at, Last: s.at}}
	text := []string{strings.TrimSpace(strings.TrimPrefix(s.line(), "### "))}
	for s.at++; !s.done() && !s.isHeading() && !s.isQuestion(); s.at++ {
		line := s.line()
		if strings.TrimSpace(line) != "" {
			q.Last = s.at
		}
		answer, isAnswer := parseAnswer(line)
		switch {
		case isAnswer:
			answer.Line = s.at
			q.Answers = append(q.Answers, answer)
		case len(q.Answers) > 0:
			q.Answers[len(q.Answers)-1].extend(line)
		default:
			text = append(text, line)
		}
	}
	q.Text = strings.TrimSpace(strings.Join(text, "\n"))
	return q
}

// parseAnswer reads "- [x] text | why".
func parseAnswer(line string) (Answer, bool) {
	rest, right := strings.CutPrefix(line, "- [x] ")
	if !right {
		var wrong bool
		if rest, wrong = strings.CutPrefix(line, "- [ ] "); !wrong {
			return Answer{}, false
		}
	}
	a := Answer{Right: right}
	a.Text, a.Why = splitWhy(rest)
	return a, true
}

// extend adds a wrapped line to the answer: to the reason once one began.
func (a *Answer) extend(line string) {
	line = strings.TrimSpace(line)
	if line == "" {
		return
	}
	if a.Why != "" {
		a.Why += " " + line
		return
	}
	a.Text, a.Why = splitWhy(a.Text + " " + line)
}

// splitWhy cuts at the first " | " that is not part of a `command | another`.
func splitWhy(s string) (text, why string) {
	inCode := false
	for i, r := range s {
		if r == '`' {
			inCode = !inCode
		}
		if r == '|' && !inCode && i > 0 && s[i-1] == ' ' {
			return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+1:])
		}
	}
	return strings.TrimSpace(s), ""
}

// Order is the order in which the answers are shown, on a page and when they are
// asked for: of what stands first, second …, the index into Answers. It is drawn
// from the question's first line. Authors write the right answer first more often
// than not, and the file's order would give it away.
func (q Question) Order() []int {
	first, _, _ := strings.Cut(q.Text, "\n")
	h := fnv.New64a()
	h.Write([]byte(strings.TrimSpace(first))) // never fails
	return rand.New(rand.NewPCG(0, h.Sum64())).Perm(len(q.Answers))
}

// Shown are the answers in that order.
func (q Question) Shown() []Answer {
	shown := make([]Answer, 0, len(q.Answers))
	for _, n := range q.Order() {
		shown = append(shown, q.Answers[n])
	}
	return shown
}
