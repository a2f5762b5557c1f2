package render

import (
	"regexp"
	"strings"

	xansi "github.com/charmbracelet/x/ansi"
)

// item matches the first line of a list's item: its marker and its text.
var item = regexp.MustCompile(`^([-*]|\d+\.) +(.*)$`)

// prose renders markdown without fences. Lists are taken apart here, because
// glamour begins an item's second line under the bullet, where the eye takes
// it for the next item.
func (p *painter) prose(markdown string) string { return p.proseAt(markdown, p.Width) }

func (p *painter) proseAt(markdown string, width int) string {
	var parts, text []string
	isList := false // the last part is an item
	flush := func() {
		if part := strings.TrimSpace(strings.Join(text, "\n")); part != "" {
			parts, isList = append(parts, "\n"+p.flow(part, width)), false
		}
		text = nil
	}
	lines := strings.Split(markdown, "\n")
	for i := 0; i < len(lines); {
		m := item.FindStringSubmatch(lines[i])
		if m == nil {
			text = append(text, lines[i])
			i++
			continue
		}
		flush()
		body := []string{m[2]}
		for i++; i < len(lines) && belongs(lines[i]); i++ {
			body = append(body, dedent(lines[i]))
		}
		painted := p.item(m[1], strings.Join(body, "\n"), width)
		if !isList {
			painted = "\n" + painted
		}
		parts, isList = append(parts, painted), true
	}
	flush()
	return strings.Trim(strings.Join(parts, "\n"), "\n")
}

// belongs reports whether a line goes on with the item before it.
func belongs(line string) bool {
	return strings.TrimSpace(line) != "" && !item.MatchString(line)
}

// dedent takes off the indentation of one level: two columns, or three under
// a number.
func dedent(line string) string {
	for range 3 {
		line = strings.TrimPrefix(line, " ")
		if item.MatchString(line) {
			break
		}
	}
	return line
}

// item paints one item, its lines aligned behind its mark.
func (p *painter) item(mark, body string, width int) string {
	if mark == "-" || mark == "*" {
		mark = "•"
	}
	indent := strings.Repeat(" ", xansi.StringWidth(mark)+1)
	text := p.proseAt(body, max(width-len(indent), minWidth/2))
	text = strings.ReplaceAll(text, "\n\n", "\n") // a list within stands close
	return mark + " " + strings.ReplaceAll(text, "\n", "\n"+indent)
}
