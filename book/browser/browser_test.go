package browser

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// deadline is for one page.
const deadline = time.Minute

// chosen are one page of each form.
var chosen = []string{
	"index.html", "lessons/tour.html", "lessons/processes.html", "lessons/run.html", "code/index.html",
	"code/mini-docker/rootfs/PivotRoot.html", "code/mini-docker/runtime/reap.html", "code/mini-k8s/scheduler/package.html",
	"commands/index.html", "commands/drydock-start.html", "search.html", "404.html", "glossary.html",
}

// book is the folder of the book, and the server that shows it.
func book(t *testing.T) (dir string, server *httptest.Server) {
	t.Helper()
	dir = os.Getenv("BOOK")
	if dir == "" {
		t.Fatal("BOOK names no folder: run `make test-book`")
	}
	server = httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	return dir, server
}

// tab opens a browser. What its pages complain of, and what they want of others than
// the server, is in faults.
type tab struct {
	context.Context
	mutex  sync.Mutex
	faults []string
}

func open(t *testing.T, server *httptest.Server) *tab {
	t.Helper()
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoSandbox)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b := &tab{Context: ctx}
	// The browser lives as long as the context of the first that is done with it.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("starting chromium (Debian's package of that name): %v", err)
	}
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	if err == nil {
		err = chromedp.Listen(ctx, func(event any) { b.note(server, event) })
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// note keeps what is a fault.
func (b *tab) note(server *httptest.Server, event any) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasPrefix(u, server.URL+"/") && !strings.HasPrefix(u, "data:") && !strings.HasPrefix(u, "file:") {
			b.faults = append(b.faults, "asks for "+u)
		}
	case *network.EventLoadingFailed:
		b.faults = append(b.faults, fmt.Sprintf("could not load a %s: %s", e.Type, e.ErrorText))
	case *cdpruntime.EventExceptionThrown:
		b.faults = append(b.faults, "script: "+e.ExceptionDetails.Text)
	}
}

// run does something in the tab, within the deadline, and returns what comes of it.
func run[T any](t *testing.T, b *tab, what string, action chromedp.Action[T]) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, deadline)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return value
}

// taken returns the faults since the last time.
func (b *tab) taken() []string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	faults := b.faults
	b.faults = nil
	return faults
}

// pages lists all pages of the book.
func pages(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && path.Ext(name) == ".html" {
			name, err = filepath.Rel(dir, name)
			list = append(list, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 3000 {
		t.Fatalf("%d pages: that is not the book", len(list))
	}
	return list
}

// sample is one of how many pages of declarations is opened: there are thousands, all
// made by one template. BOOK_ALL=1 opens them all, which takes a quarter of an hour.
const sample = 25

// Pages open, complain of nothing and ask nobody else for anything.
func TestPagesOpen(t *testing.T) {
	dir, server := book(t)
	b := open(t, server)
	for i, name := range pages(t, dir) {
		if strings.HasPrefix(name, "code/") && i%sample != 0 && os.Getenv("BOOK_ALL") == "" {
			continue
		}
		run(t, b, name, chromedp.Navigate(server.URL+"/"+name))
		headings := run(t, b, name, chromedp.Evaluate[int](`document.querySelectorAll("h1").length`))
		if faults := b.taken(); len(faults) > 0 || headings != 1 {
			t.Errorf("%s: %d first headings, want one; %q, want no fault", name, headings, faults)
		}
	}
}

// violation is what axe-core finds.
type violation struct{ ID, Help, HTML string }

// What axe-core can measure holds, in the light and in the dark: contrast, headings,
// names of links and fields, landmarks.
func TestPagesAreReadableToEverybody(t *testing.T) {
	_, server := book(t)
	axe, err := os.ReadFile(os.Getenv("AXE"))
	if err != nil {
		t.Fatalf("AXE names no axe.min.js: run `make test-book`: %v", err)
	}
	b := open(t, server)
	for _, scheme := range []string{"light", "dark"} {
		for _, name := range chosen {
			look(t, b, scheme, 1280, 800)
			run(t, b, name, chromedp.Navigate(server.URL+"/"+name))
			// Given to the page by the browser: the page itself loads no script of others.
			run(t, b, name, chromedp.Evaluate[bool](string(axe)+"\n;document.querySelectorAll('details').forEach(d => d.open = true), true"))
			seen := run(t, b, name, chromedp.Evaluate[struct {
				Passes     int
				Violations []violation
			}](`axe.run().then(r => ({Passes: r.passes.length, Violations: r.violations.map(v => ({ID: v.id, Help: v.help, HTML: v.nodes[0].html}))}))`, chromedp.EvalAwaitPromise))
			found, passed := seen.Violations, seen.Passes
			if passed < 10 {
				t.Errorf("%s, %s: axe looked at %d rules: too few to have seen the page", name, scheme, passed)
			}
			for _, v := range found {
				t.Errorf("%s, %s: %s: %s: %.200s", name, scheme, v.ID, v.Help, v.HTML)
			}
		}
	}
}

// look gives the window a size, in CSS pixels, and the reader's choice of colours.
func look(t *testing.T, b *tab, scheme string, width, height int64) {
	t.Helper()
	_, err := chromedp.Call(b.Context, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		t.Fatal(err)
	}
	run(t, b, "giving the window a size", chromedp.EmulateViewport(width, height))
}

// A page fits its window, wide or narrow, light or dark: what is too wide for it, as
// code is, scrolls by itself. Text is dark on light or light on dark, as was asked.
func TestPagesFitTheirWindow(t *testing.T) {
	_, server := book(t)
	b := open(t, server)
	for _, width := range []int64{390, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			for _, name := range chosen {
				look(t, b, scheme, width, 844)
				run(t, b, name, chromedp.Navigate(server.URL+"/"+name))
				facts := run(t, b, name, chromedp.Evaluate[struct {
					Scroll, Client int64
					Ground, Text   float64
				}](layout))
				if facts.Scroll > facts.Client {
					t.Errorf("%s at %d: %d pixels wide in a window of %d", name, width, facts.Scroll, facts.Client)
				}
				if isDark := facts.Ground < facts.Text; isDark != (scheme == "dark") {
					t.Errorf("%s, %s: ground %.0f, text %.0f", name, scheme, facts.Ground, facts.Text)
				}
				if out := os.Getenv("SHOTS"); out != "" && slices.Contains(shown, name) {
					shot := run(t, b, name, chromedp.CaptureScreenshot())
					file := fmt.Sprintf("%s-%d-%s.png", strings.ReplaceAll(strings.TrimSuffix(name, ".html"), "/", "-"), width, scheme)
					if err := os.WriteFile(filepath.Join(out, file), shot, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}

// shown are the pages of which there are pictures.
var shown = []string{"index.html", "lessons/tour.html", "code/mini-docker/rootfs/PivotRoot.html", "search.html"}

// layout measures a page: widths in CSS pixels, and how bright ground and text are.
const layout = `(() => {
	const bright = c => { const [r, g, b] = c.match(/[\d.]+/g).map(Number); return (r * 299 + g * 587 + b * 114) / 1000 };
	const ground = [document.body, document.documentElement].map(e => getComputedStyle(e).backgroundColor).find(c => c !== "rgba(0, 0, 0, 0)");
	const top = document.documentElement;
	return { Scroll: top.scrollWidth, Client: top.clientWidth, Ground: bright(ground), Text: bright(getComputedStyle(document.body).color) };
})()`

// Without a network and from a file, the search finds what is typed.
func TestTheSearchFinds(t *testing.T) {
	dir, server := book(t)
	b := open(t, server)
	for _, from := range []string{server.URL + "/search.html", "file://" + filepath.Join(dir, "search.html")} {
		run(t, b, from, chromedp.Navigate(from))
		run(t, b, from, chromedp.SendKeys(chromedp.CSS("#query"), "pivot_root"))
		run(t, b, from, chromedp.Poll[bool](`document.querySelectorAll("#results a").length >= 3`, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(deadline)))
		text := run(t, b, from, chromedp.Text(chromedp.CSS("main")))
		if !strings.Contains(text, "A list of mounts of your own") {
			t.Errorf("%s: searching for pivot_root shows %.300q", from, text)
		}
	}
}

// A reader without script has all but the search: what is folded opens, and the
// text is there.
func TestPagesAreWholeWithoutScript(t *testing.T) {
	_, server := book(t)
	b := open(t, server)
	_, err := chromedp.Call(b.Context, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range chosen {
		run(t, b, name, chromedp.Navigate(server.URL+"/"+name))
		if text := run(t, b, name, chromedp.Text(chromedp.CSS("main"))); len(text) < 40 {
			t.Errorf("%s shows %q", name, text)
		}
	}
}
