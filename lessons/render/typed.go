package render

import (
	"strings"

	xansi "github.com/charmbracelet/x/ansi"
)

// foldTyped breaks the lines of a command so that each fits and, typed as it is
// printed, still means the same: a backslash before the line's end has the shell
// go on in the next one, except between single quotes, which are closed before it
// and opened behind it. What a here-document holds is left alone.
func foldTyped(command string, width int) []string {
	lines := strings.Split(command, "\n")
	var out []string
	var q quoting
	for n, line := range lines {
		if n > 0 && strings.Contains(strings.Join(lines[:n], "\n"), "<<") {
			out = append(out, line)
			continue
		}
		for xansi.StringWidth(line) > width {
			at, inner := q.breakAt(line, width)
			if at == 0 {
				break
			}
			end, begin := `\`, ""
			if inner == '\'' {
				end, begin = `'\`, "'"
			}
			out = append(out, line[:at]+end)
			q.read(line[:at] + strings.TrimSuffix(end, `\`))
			line = begin + line[at:]
		}
		out = append(out, line)
		q.read(line + "\n")
	}
	return out
}

// quoting is where in a command a shell is: between which quotes, outermost
// first. '(' is a command substitution, inside which quotes begin anew.
type quoting struct{ open []byte }

// inner is the innermost of what is open, 0 for nothing.
func (q *quoting) inner() byte {
	if len(q.open) == 0 {
		return 0
	}
	return q.open[len(q.open)-1]
}

// read goes over some text.
func (q *quoting) read(text string) {
	for i := 0; i < len(text); i++ {
		i += q.step(text[i:]) - 1
	}
}

// step goes over the first character of text, or two where they belong together,
// and returns how many it were.
func (q *quoting) step(text string) int {
	c, inner := text[0], q.inner()
	switch {
	case inner == '\'':
		if c == '\'' {
			q.open = q.open[:len(q.open)-1]
		}
		return 1
	case c == '\\' && len(text) > 1, strings.HasPrefix(text, "$("):
		if c == '$' {
			q.open = append(q.open, '(')
		}
		return 2
	case c == inner, c == ')' && inner == '(':
		q.open = q.open[:len(q.open)-1]
	case c == '"', c == '\'' && inner != '"', c == '(' && inner == '(':
		q.open = append(q.open, c)
	}
	return 1
}

// breakAt is where to break a line: behind the last blank that leaves room for a
// backslash, or else within a word. inner is what is open there.
func (q *quoting) breakAt(line string, width int) (at int, inner byte) {
	now := quoting{append([]byte(nil), q.open...)}
	within, withinInner := 0, byte(0)
	for i := 0; i < len(line)-1; {
		size := now.step(line[i:])
		for i+size < len(line) && line[i+size]&0xc0 == 0x80 {
			size++ // the rest of a character
		}
		room := 1
		if now.inner() == '\'' {
			room = 2
		}
		if i += size; xansi.StringWidth(line[:i])+room > width || i >= len(line) {
			break
		}
		within, withinInner = i, now.inner()
		if strings.TrimSpace(line[:i]) != "" && line[i-1] == ' ' {
			at, inner = i, now.inner()
		}
	}
	if at == 0 {
		return within, withinInner
	}
	return at, inner
}
