package drawing

import (
	"path"
	"strings"

	"drydock/labs/see"

	xansi "github.com/charmbracelet/x/ansi"
)

// labelWidth is the column of labels before the rows' texts.
const labelWidth = 11

// rows draws labelled lines. Marks of the whole box are theirs as well.
func (l *layout) rows(rows []row, whole see.Mark, x, right int) {
	for _, r := range rows {
		if whole == see.Came || whole == see.Gone {
			r.mark = whole
		}
		switch {
		case r.stack != nil:
			l.stack(r, x, right)
		case r.part >= 0:
			l.bar(r, x, right)
		default:
			l.labelled(r, x, right)
		}
	}
}

// labelled draws a label and a text, wrapped. Where columns are few the text
// comes directly after the label.
func (l *layout) labelled(r row, x, right int) {
	at, hang := x+labelWidth, x+labelWidth
	if l.narrow {
		at, hang = x+len(r.label)+1, x+2
	}
	l.put(text{x: x, y: l.height, text: xansi.Truncate(r.label, right-x, "…"), style: muted, mark: r.mark})
	if r.path && xansi.StringWidth(r.text) > right-at {
		r.text = shortened(r.text, right-at)
	}
	for i, line := range wrap(r.text, right-at, right-hang) {
		if i > 0 {
			at = hang
		}
		l.write(at, right, text{text: line, mark: r.mark})
	}
}

// bar draws how much of a limit is used.
func (l *layout) bar(r row, x, right int) {
	at := x + labelWidth
	if l.narrow {
		at = x + len(r.label) + 1
	}
	l.put(text{x: x, y: l.height, text: r.label, style: muted, mark: r.mark})
	if w := min(20, right-at-xansi.StringWidth(r.text)-1); w >= 4 {
		l.bars = append(l.bars, bar{at, l.height, w, r.part, r.mark})
		at += w + 1
	}
	l.write(at, right, text{text: r.text, mark: r.mark})
}

// stack draws the layers of an overlay over one another, in a frame.
func (l *layout) stack(r row, x, right int) {
	at := x + labelWidth
	if l.narrow {
		at = x
	}
	l.labelled(row{label: r.label, text: r.text, mark: r.mark, part: noBar}, x, right)
	top, wide := l.height, 0
	l.mark(top, r.mark)
	l.height++
	var rules []rule
	for i, layer := range r.stack {
		if i > 0 {
			rules = append(rules, rule{x: at, y: l.height, mark: r.mark})
			l.mark(l.height, r.mark)
			l.height++
		}
		kind, dir, _ := strings.Cut(layer.text, " ")
		line := kind + " " + shortened(dir, right-at-4-len(kind)-1-len(layer.note)) + layer.note
		wide = max(wide, xansi.StringWidth(line))
		l.write(at+2, right-2, text{text: line, mark: r.mark})
	}
	w := min(wide+4, right-at)
	for _, each := range rules {
		each.w = w
		l.rules = append(l.rules, each)
	}
	l.frames = append(l.frames, frame{at, top, w, l.height - top + 1, r.mark})
	l.mark(l.height, r.mark)
	l.want(at+w, right)
	l.height++
}

// longName is a length above which a part of a path is an id that nobody
// reads, and idShown is how much of one is enough to tell two apart.
const (
	longName = 32
	idShown  = 12
)

// shortened makes a path fit: first ids are cut off, then the path's front.
func shortened(dir string, width int) string {
	parts := strings.Split(dir, "/")
	for i, part := range parts {
		if len(part) >= longName {
			parts[i] = xansi.Truncate(part, idShown, "")
		}
	}
	dir = strings.Join(parts, "/")
	for xansi.StringWidth(dir) > width {
		_, rest, ok := strings.Cut(strings.TrimPrefix(dir, "…/"), "/")
		if !ok {
			return xansi.Truncate("…/"+path.Base(dir), max(width, 1), "…")
		}
		dir = "…/" + rest
	}
	return dir
}

// wrap breaks a text at blanks into a first line of that many columns and
// others of hang columns. A longer word stands alone, and is cut off later.
func wrap(text string, first, hang int) []string {
	var lines []string
	line, room := "", first
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case xansi.StringWidth(line)+1+xansi.StringWidth(word) <= room:
			line += " " + word
		default:
			lines = append(lines, line)
			line, room = word, hang
		}
	}
	return append(lines, line)
}
