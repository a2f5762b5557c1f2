package browser

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var update = flag.Bool("update", false, "keep the looks of the pages as they are now")

// looks is where the looks of pages are kept, a line for each kind of box.
const looks = "testdata/looks.txt"

// slack is by how many pixels a box may stand elsewhere than where it was kept.
const slack = 2

// Pages look as they did when somebody looked at them: each kind of box stands where
// it stood, as wide as it was, in its colours. Pixels are not compared, nor heights:
// they depend on the fonts of a machine. See book/decisions/0061.
func TestPagesLookAsTheyDid(t *testing.T) {
	_, server := book(t)
	b := open(t, server)
	var now strings.Builder
	for _, width := range []int64{390, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			for _, name := range shown {
				look(t, b, scheme, width, 844)
				run(t, b, name, chromedp.Navigate(server.URL+"/"+name))
				for _, box := range run(t, b, name, chromedp.Evaluate[[]string](boxes)) {
					fmt.Fprintf(&now, "%s %d %s %s\n", name, width, scheme, box)
				}
			}
		}
	}
	if *update {
		if err := os.WriteFile(looks, []byte(now.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(looks)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences(string(kept), now.String()) {
		t.Error(d)
	}
}

// boxes lists the kinds of boxes that a page is laid out in, by tag and class: where
// the first one begins, how wide it is, its colours and the size of its letters.
const boxes = `(() => {
	document.querySelectorAll("details").forEach(d => d.open = true);
	const seen = new Map();
	for (const e of document.querySelectorAll("body, header, nav, main, main *")) {
		const s = getComputedStyle(e);
		if (!["block", "flex", "list-item", "table"].includes(s.display) || e.closest("svg")) continue;
		const kind = e.tagName.toLowerCase() + [...e.classList].map(c => "." + c).join("");
		if (seen.has(kind)) continue;
		const r = e.getBoundingClientRect();
		const ground = s.backgroundColor === "rgba(0, 0, 0, 0)" ? "none" : s.backgroundColor;
		seen.set(kind, [kind, Math.round(r.left), Math.round(r.width), (s.color + "/" + ground).replaceAll(" ", ""), s.fontSize].join(" "));
	}
	return [...seen.values()];
})()`

// differences says which boxes are gone, new, elsewhere or in other colours.
func differences(kept, now string) []string {
	var found []string
	was := map[string][]string{}
	for line := range strings.Lines(kept) {
		fields := strings.Fields(line)
		was[strings.Join(fields[:4], " ")] = fields[4:]
	}
	for line := range strings.Lines(now) {
		fields := strings.Fields(line)
		kind, is := strings.Join(fields[:4], " "), fields[4:]
		if old, ok := was[kind]; !ok {
			found = append(found, kind+" is new")
		} else if !alike(old, is) {
			found = append(found, fmt.Sprintf("%s is %s, was %s", kind, strings.Join(is, " "), strings.Join(old, " ")))
		}
		delete(was, kind)
	}
	for kind := range was {
		found = append(found, kind+" is gone")
	}
	if len(found) > 0 {
		found = append(found, "Look at them (SHOTS=DIR), and where they are as they should be: `make test-book LOOKS=-update`")
	}
	return found
}

// alike reports whether two boxes differ by what fonts and scroll bars do at most.
func alike(a, b []string) bool {
	for i := range a {
		var x, y int
		_, err := fmt.Sscan(a[i], &x)
		_, other := fmt.Sscan(b[i], &y)
		if i < 2 && err == nil && other == nil {
			if max(x-y, y-x) > slack {
				return false
			}
		} else if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestALookThatChangedIsFound(t *testing.T) {
	const kept = "a.html 390 dark main 16 358 white/none 16px\na.html 390 dark p 16 358 white/none 16px\n"
	for now, want := range map[string]string{
		strings.Replace(kept, "main 16", "main 17", 1):      "",
		strings.Replace(kept, "main 16", "main 26", 1):      "a.html 390 dark main is 26",
		strings.Replace(kept, "white/none", "grey/none", 1): "main is 16 358 grey/none",
		strings.Replace(kept, "dark p", "dark li", 1):       "a.html 390 dark li is new",
		kept[:strings.Index(kept, "\n")+1]:                  "a.html 390 dark p is gone",
	} {
		got := strings.Join(differences(kept, now), "\n")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q", now, got, want)
		}
	}
}
