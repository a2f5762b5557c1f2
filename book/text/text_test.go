package text

import (
	"strings"
	"testing"
)

func TestMarksForTheTerminalAreDropped(t *testing.T) {
	got, err := Markdown("one <b>word</b>\n\n<!-- beat -->\n\n| a |\n| - |\n| `x` |\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, unwanted := range []string{"<b>", "beat", "omitted"} {
		if strings.Contains(string(got), unwanted) {
			t.Errorf("got %s, want no %q in it", got, unwanted)
		}
	}
	if !strings.Contains(string(got), "<td><code>x</code></td>") {
		t.Errorf("got %s, want the table", got)
	}
}

func TestALineHasNoParagraph(t *testing.T) {
	if got, err := Line("say `a < b`"); err != nil || got != "say <code>a &lt; b</code>" {
		t.Errorf("got %s and %v", got, err)
	}
}

func TestCodeIsEscapedMarkedAndLinked(t *testing.T) {
	const code = "// a <b>\nfunc f() { g(\"<\") }"
	got := string(Go(code, map[int]string{strings.Index(code, "g("): "g.html"}))
	for _, want := range []string{`<span class="c">// a &lt;b&gt;</span>`, `<span class="k">func</span>`, `href="g.html"`, `&lt;`} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %s in it", got, want)
		}
	}
	if strings.Contains(got, "<b>") {
		t.Errorf("got %s: what stands in code became a tag", got)
	}
}
