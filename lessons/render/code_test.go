package render

import (
	"go/format"
	"strings"
	"testing"

	xansi "github.com/charmbracelet/x/ansi"

	"drydock/lessons"
)

const wideGo = `// runHelper says what a helper that maps more than one id answered, and what to install where there is none.
func runHelper(name string, pid int, mappings []specs.LinuxIDMapping, more ...string) (answer string, err error) {
    output, err := exec.Command(name, append([]string{strconv.Itoa(pid)}, fields(mappings)...)...).CombinedOutput() // waits
    if errors.Is(err, exec.ErrNotFound) && len(more) > 0 || strings.Contains(string(output), "nobody") {
        return "", fmt.Errorf("mapping more than your own id needs %s", name)
    }
    for i := 0; i < len(mappings) && mappings[i].Size > 0; i++ { // every range of the map by itself
        count += mappings[i].Size
    }
    return string(output), nil
}`

// What a narrow window shows is the same Go: formatted, it is what it was.
func TestBrokenGoStaysGo(t *testing.T) {
	tokens := func(code string) string {
		formatted, err := format.Source([]byte(code))
		if err != nil {
			t.Fatalf("%v in\n%s", err, code)
		}
		return strings.Join(strings.Fields(strings.ReplaceAll(string(formatted), "//", "")), "")
	}
	want := tokens(wideGo)
	for width := 66; width < 130; width++ {
		p := newPainter(Options{Style: Mono, Width: width + 4})
		p.Width = width + len(indent)
		lines := p.goLines(wideGo)
		got := strings.Join(lines, "\n")
		if tokens(got) != want {
			t.Errorf("at %d columns:\n%s", width, got)
		}
		for _, line := range lines {
			if xansi.StringWidth(line) > width {
				t.Errorf("at %d columns: %q is wider", width, line)
			}
		}
	}
}

func TestADeclarationIsShownWithItsPlace(t *testing.T) {
	plain := Declaration("a.B", "a/b.go:3", "func B() {\n\treturn\n}\n", Options{})
	if want := "a.B\na/b.go:3\n\nfunc B() {\n\treturn\n}\n"; plain != want {
		t.Errorf("got %q, want %q", plain, want)
	}
	if text := Declaration("a.B", "a/b.go:3", "func B() {}", Options{Style: Mono}); !strings.Contains(text, "── a.B\n   a/b.go:3") {
		t.Errorf("got %s", text)
	}
}

func TestAnExcerptInFocusShowsWhatItLeavesOut(t *testing.T) {
	l := lessons.Excerpt{Address: "a.B", Text: "func B() {\n\t// …\n}"}
	if got := newPainter(Options{Style: Mono}).excerpt(l); !strings.Contains(got, "\n      // …\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestAWholeDeclarationKeepsItsLines(t *testing.T) {
	wide := "func B() { return } // " + strings.Repeat("wide ", 30) + "end"
	for _, style := range []Style{Mono, Dark} {
		text := xansi.Strip(Declaration("a.B", "a/b.go:3", "// B is.\n"+wide+"\n", Options{Style: style, Width: 60}))
		if !strings.Contains(text, "\n"+wide+"\n") {
			t.Errorf("style %v: got %q, want a line %q, not set in", style, text, wide)
		}
	}
}
