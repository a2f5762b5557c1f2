package book

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"drydock/book/site"
	"drydock/labs"
	"drydock/lessons"
	"drydock/lessons/glossary"
)

var update = flag.Bool("update", false, "draw the picture of the terminal anew")

// content is what the book of this module is made from, as it is on disk.
func content() (Content, error) {
	c := Content{Source: os.DirFS(".."),
		Commands: []Command{{"drydock start", "open a lesson", "Usage:\n  drydock start <LESSON>"}}}
	var err error
	if c.Lessons, err = lessons.Lessons(); err != nil {
		return c, err
	}
	if c.Terms, err = glossary.Terms(); err != nil {
		return c, err
	}
	c.Labs, err = labs.Labs()
	return c, err
}

// made is the book of this module, made once for the tests that only read it.
var made = sync.OnceValues(func() (*site.Site, error) {
	c, err := content()
	if err != nil {
		return nil, err
	}
	return Make(c)
})

func TestTheBookHasAPageForEverythingAndEveryLinkLeadsSomewhere(t *testing.T) {
	c, err := content()
	if err != nil {
		t.Fatal(err)
	}
	s, err := made()
	if err != nil {
		t.Fatal(err)
	}
	if broken := s.Broken(); len(broken) > 0 {
		t.Errorf("%d links lead nowhere:\n%s", len(broken), strings.Join(broken[:min(len(broken), 20)], "\n"))
	}
	for _, l := range c.Lessons {
		page, ok := s.File(lessonPath(l.ID))
		if !ok {
			t.Errorf("lesson %s has no page", l.ID)
		}
		for _, e := range l.Excerpts() {
			if !strings.Contains(string(page), e.Address+"</code></a>") {
				t.Errorf("lesson %s does not link %s", l.ID, e.Address)
			}
		}
	}
	for _, want := range []string{"code/mini-docker/rootfs/PivotRoot.html", "code/mini-docker/image/Store.Layers.html",
		"code/mini-k8s/scheduler/package.html", "commands/drydock-start.html", "404.html"} {
		if _, ok := s.File(want); !ok {
			t.Errorf("there is no page %s", want)
		}
	}
	if len(s.Paths()) < 3000 {
		t.Errorf("the book has %d files: too few for a page for every declaration", len(s.Paths()))
	}
}

func TestALabsDeclarationIsFolded(t *testing.T) {
	s, err := made()
	if err != nil {
		t.Fatal(err)
	}
	page, _ := s.File("code/mini-docker/runtime/reap.html")
	before, _, folded := strings.Cut(string(page), "<details>")
	if !folded || strings.Contains(before, "Wait4") {
		t.Errorf("the page of what a lab cuts shows it unasked:\n%s", page)
	}
}

func TestABrokenExcerptIsNamedWithFileAndLine(t *testing.T) {
	c, err := content()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(c.Lessons, func(l lessons.Lesson) bool { return l.ID == "pids" })
	text := strings.Replace(string(c.Lessons[at].Source), "func forward(", "func backward(", 1)
	stale, err := lessons.Parse(c.Lessons[at].Path, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c.Lessons[at] = stale
	if _, err := Make(c); err == nil || !strings.Contains(err.Error(), "lessons/05-pids/lesson.md:") {
		t.Errorf("got %v, want the lesson's file and line", err)
	}
}

func TestTermsAreLinkedWhereTheyStandAndBack(t *testing.T) {
	s, err := made()
	if err != nil {
		t.Fatal(err)
	}
	lesson, _ := s.File("lessons/processes.html")
	terms, _ := s.File("glossary.html")
	for page, want := range map[string]string{
		string(lesson): `<strong><a class="term" id="term-zombie" href="../glossary.html#zombie">zombie</a></strong>`,
		string(terms):  `<a href="lessons/processes.html#term-zombie">What a process is</a>`,
	} {
		if strings.Count(page, want) != 1 {
			t.Errorf("got %d times %s, want it once", strings.Count(page, want), want)
		}
	}
	if !strings.Contains(string(lesson), `href="../glossary.html#proc"><code>/proc</code></a>`) {
		t.Error("a term that stands in code is not linked")
	}
}

// README.md shows the picture of the front page, as a file. `go test ./book -update`
// draws it anew.
func TestThePictureOfTheTerminalIsThatOfTheLesson(t *testing.T) {
	c, err := content()
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := Screen(c.Lessons)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("screen.svg", []byte(drawn), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile("screen.svg")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, []byte(drawn)) {
		t.Error("book/screen.svg is not the picture of the lesson as it is: `go test ./book -update` draws it anew")
	}
	for _, want := range []string{"how many bytes long is the file", "# predict 100 bytes", "-r--r--r-- 1 root root 0", "prefers-color-scheme:dark"} {
		if !strings.Contains(string(drawn), want) {
			t.Errorf("the picture lacks %q", want)
		}
	}
}
