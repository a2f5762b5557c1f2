package drawing

import (
	"encoding/xml"
	"fmt"
	"strings"

	"drydock/labs/see"

	xansi "github.com/charmbracelet/x/ansi"
)

// A character's place in the image, in pixels, and the space around it all.
const (
	cellWidth  = 8.4
	cellHeight = 19
	baseline   = 14 // of the text, from the top of its line
	padding    = 10
)

// svgStyle colours the image by class, and nothing but the image where it stands
// inside of a page. Each colour stands out enough from its
// background (WCAG 2, 1.4.3): 4.5 to 1 in light and in dark.
const svgStyle = `
.see{color-scheme:light dark;--back:#fff;--ink:#1f2328;--muted:#59636e;--line:#8c959f;--box:#0969da0d;--bar:#0969da;--rest:#d1d9e0;--came:#116329;--gone:#a40e26;--changed:#7d4e00}
@media(prefers-color-scheme:dark){.see{--back:#0d1117;--ink:#e6edf3;--muted:#9da7b1;--line:#656c76;--box:#4493f812;--bar:#4493f8;--rest:#3d444d;--came:#56d364;--gone:#ff7b72;--changed:#e3b341}}
.see .back{fill:var(--back)}
.see text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--ink);white-space:pre}
.see .muted{fill:var(--muted)}
.see .strong{font-weight:bold}
.see .box,.see .line{fill:none;stroke:var(--line);stroke-width:1.2}
.see .box{fill:var(--box)}
.see .bar{fill:var(--bar)}
.see .rest{fill:var(--rest)}
.see text.came{fill:var(--came)}
.see text.gone{fill:var(--gone)}
.see text.changed{fill:var(--changed)}
.see .box.came,.see .line.came{stroke:var(--came)}
.see .box.gone,.see .line.gone{stroke:var(--gone);stroke-dasharray:5 3}
.see .box.changed,.see .line.changed{stroke:var(--changed)}
`

// svg draws the layout as an image; its description is the plan in sentences.
func (l *layout) svg(p plan) string {
	var out strings.Builder
	w, h := float64(l.width)*cellWidth+2*padding, float64(l.height)*cellHeight+2*padding
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.1f %.1f" width="%.1f" height="%.1f" role="img" class="see">`+"\n", w, h, w, h)
	fmt.Fprintf(&out, "<title>%s</title>\n<desc>%s</desc>\n<style>%s</style>\n", escape(p.here.titles[len(p.here.titles)-1]), escape(p.sentences()), svgStyle)
	fmt.Fprintf(&out, `<rect class="back" width="%.1f" height="%.1f" rx="8"/>`+"\n", w, h)
	// The outermost frame was noted last, and lies under all others.
	for i := len(l.frames) - 1; i >= 0; i-- {
		f := l.frames[i]
		fmt.Fprintf(&out, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="6"/>`+"\n", classes("box", f.mark),
			column(f.x)+cellWidth/2, middle(f.y), float64(f.w-1)*cellWidth, float64(f.h-1)*cellHeight)
	}
	for _, b := range l.branches {
		end := column(b.x+b.length) + cellWidth/2
		if b.boxed {
			end += cellWidth // up to its edge, which is in the middle of a column
		}
		fmt.Fprintf(&out, `<path class="line" d="M%.1f %.1fV%.1fH%.1f"/>`+"\n",
			column(b.x)+cellWidth/2, middle(b.top)-cellHeight/2, middle(b.y), end)
	}
	for _, r := range l.rules {
		fmt.Fprintf(&out, `<path class="%s" d="M%.1f %.1fH%.1f"/>`+"\n", classes("line", r.mark),
			column(r.x)+cellWidth/2, middle(r.y), column(r.x+r.w)-cellWidth/2)
	}
	for _, b := range l.bars {
		full := float64(b.w) * cellWidth
		for _, part := range []struct {
			class string
			width float64
		}{{"rest", full}, {"bar", full * b.part}} {
			fmt.Fprintf(&out, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="10" rx="3"/>`+"\n",
				part.class, column(b.x), middle(b.y)-5, part.width)
		}
	}
	l.svgTexts(&out)
	out.WriteString("</svg>\n")
	return out.String()
}

// svgTexts draws the texts, each as wide as on the grid whatever the font.
func (l *layout) svgTexts(out *strings.Builder) {
	put := func(x, y int, text, class string) {
		lead := len(text) - len(strings.TrimLeft(text, " "))
		text = strings.TrimSpace(text)
		fmt.Fprintf(out, `<text class="%s" x="%.1f" y="%.1f" textLength="%.1f" lengthAdjust="spacingAndGlyphs">%s</text>`+"\n",
			class, column(x+lead), padding+float64(y)*cellHeight+baseline,
			float64(xansi.StringWidth(text))*cellWidth, escape(text))
	}
	for _, t := range l.texts {
		if t.style == strong { // on an edge, which must not show between its words
			fmt.Fprintf(out, `<rect class="back" x="%.1f" y="%.1f" width="%.1f" height="%d"/>`+"\n",
				column(t.x), middle(t.y)-1, float64(xansi.StringWidth(t.text))*cellWidth, 2)
		}
		put(t.x, t.y, t.text, classes(map[style]string{muted: "muted", strong: "strong"}[t.style], t.mark))
	}
	for y := range l.height {
		if m := l.marks[y]; l.differs && m != "" {
			put(0, y, string(m), classes("", m))
		}
	}
}

// column and middle turn places on the grid into pixels: the left edge of a
// column, and half the height of a line.
func column(x int) float64 { return padding + float64(x)*cellWidth }
func middle(y int) float64 { return padding + (float64(y)+0.5)*cellHeight }

// classes adds the class of a mark.
func classes(class string, m see.Mark) string {
	name := map[see.Mark]string{see.Came: "came", see.Gone: "gone", see.Changed: "changed"}[m]
	return strings.TrimSpace(class + " " + name)
}

func escape(text string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(text))
	return b.String()
}
