package decl

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// edit replaces a run of bytes.
type edit struct {
	span
	with string
}

// apply makes edits, which must not overlap, and parses what comes out. That is
// formatted when all are made, see sourceOf: to print a file costs more than to
// parse it. Two that insert at one place keep their order.
func (f *file) apply(edits ...edit) (*file, error) {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		out.Write(f.src[at:e.start])
		out.WriteString(e.with)
		at = e.end
	}
	out.Write(f.src[at:])
	if bytes.Equal(out.Bytes(), f.src) {
		return f, nil
	}
	return read(out.Bytes())
}

// lines widens a span to whole lines, the last line break included, so that
// taking it out leaves no empty line.
func (f *file) lines(s span) span {
	s.start = bytes.LastIndexByte(f.src[:s.start], '\n') + 1
	if n := bytes.IndexByte(f.src[s.end:], '\n'); n >= 0 {
		s.end += n + 1
	} else {
		s.end = len(f.src)
	}
	return s
}

// splitDoc takes the comment lines off the front of a line of a block.
func splitDoc(code string) (doc, rest string) {
	for {
		line, after, _ := strings.Cut(code, "\n")
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "//"):
			doc, code = doc+line+"\n", after
		case strings.HasPrefix(line, "/*"):
			end := strings.Index(code, "*/") + len("*/")
			doc, code = doc+strings.TrimSpace(code[:end])+"\n", strings.TrimLeft(code[end:], " \t\n")
		default:
			return doc, code
		}
	}
}
