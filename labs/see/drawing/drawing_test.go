package drawing

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/labs/see"

	xansi "github.com/charmbracelet/x/ansi"
)

var update = flag.Bool("update", false, "write the drawings into testdata, to be looked at before they are kept")

// drawn are the drawings that are kept, by file.
func drawn() map[string]func(io.Writer) error {
	changes := see.Diff(sandbox(), later())
	nothing := see.Diff(sandbox(), sandbox())
	text := func(s see.Scene, o Options) func(io.Writer) error {
		return func(w io.Writer) error { return Draw(w, s, o) }
	}
	image := func(s see.Scene, o Options) func(io.Writer) error {
		return func(w io.Writer) error { return SVG(w, s, o) }
	}
	machine := sandbox()
	machine.Machine = true
	machine.Processes = nil
	return map[string]func(io.Writer) error{
		"sandbox-40.txt":      text(sandbox(), Options{Width: 40}),
		"sandbox-80.txt":      text(sandbox(), Options{}),
		"sandbox-160.txt":     text(sandbox(), Options{Width: 160}),
		"sandbox-colour.txt":  text(sandbox(), Options{Colour: true}),
		"sandbox-plain.txt":   text(sandbox(), Options{Plain: true}),
		"sandbox.svg":         image(sandbox(), Options{Width: 100}),
		"changes-40.txt":      text(later(), Options{Width: 40, Changes: &changes}),
		"changes-80.txt":      text(later(), Options{Changes: &changes}),
		"changes-160.txt":     text(later(), Options{Width: 160, Changes: &changes}),
		"changes-colour.txt":  text(later(), Options{Colour: true, Changes: &changes}),
		"changes-plain.txt":   text(later(), Options{Plain: true, Changes: &changes}),
		"changes.svg":         image(later(), Options{Width: 100, Changes: &changes}),
		"nested-80.txt":       text(nested(), Options{}),
		"nested-plain.txt":    text(nested(), Options{Plain: true}),
		"no-changes-80.txt":   text(sandbox(), Options{Changes: &nothing}),
		"machine-empty.txt":   text(machine, Options{}),
		"machine-nothing.txt": text(machine, Options{Plain: true}),
		"images-80.txt":       text(sandbox(), Options{Images: true}),
		"images-plain.txt":    text(sandbox(), Options{Images: true, Plain: true}),
		"cluster-80.txt":      text(clustered(), Options{Cluster: true}),
		"cluster-plain.txt":   text(clustered(), Options{Cluster: true, Plain: true}),
		"cluster-none.txt":    text(sandbox(), Options{Cluster: true}),
	}
}

func TestDrawingsAreAsKept(t *testing.T) {
	for name, draw := range drawn() {
		var got bytes.Buffer
		if err := draw(&got); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got.Bytes(), want)
		}
	}
}

func TestNothingIsWiderThanAskedFor(t *testing.T) {
	changes := see.Diff(sandbox(), later())
	for width := minWidth; width <= 200; width++ {
		for _, c := range []*see.Changes{nil, &changes} {
			var got strings.Builder
			if err := Draw(&got, later(), Options{Width: width, Changes: c}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(got.String()) {
				if w := xansi.StringWidth(strings.TrimSuffix(line, "\n")); w > width {
					t.Fatalf("at %d columns: a line of %d: %s", width, w, line)
				}
			}
		}
	}
}

// Every drawn line of a box begins and ends at its edges: the outermost one's
// are in the first and the last column that are used.
func TestTheOutermostBoxIsClosed(t *testing.T) {
	for _, width := range []int{24, 40, 80, 160} {
		var got strings.Builder
		if err := Draw(&got, sandbox(), Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(got.String()), "\n")
		wide := xansi.StringWidth(lines[0])
		for _, line := range lines {
			first, last := []rune(line)[0], []rune(line)[len([]rune(line))-1]
			if xansi.StringWidth(line) != wide || !strings.ContainsRune("╭│╰", first) || !strings.ContainsRune("╮│╯", last) {
				t.Errorf("at %d columns the box is open: %s", width, line)
			}
		}
	}
}

func TestProcessesCannotColourTheTerminal(t *testing.T) {
	s := sandbox()
	s.Hosts[0].Name = "\x1b[2Jhost"
	changes := see.Diff(sandbox(), s)
	for _, o := range []Options{{}, {Plain: true}, {Changes: &changes}, {Plain: true, Changes: &changes}} {
		var got strings.Builder
		if err := Draw(&got, s, o); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(got.String(), "\x1b") {
			t.Errorf("with %+v: got an escape code in\n%q", o, got.String())
		}
	}
}

func TestTheImageIsWellFormedAndNeedsNothing(t *testing.T) {
	s := sandbox()
	s.Processes[0].Command = `a<b>&"c" <script>x</script>`
	var got strings.Builder
	if err := SVG(&got, s, Options{}); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(strings.NewReader(got.String()))
	texts := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the image is no XML: %v", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "text":
			texts++
		case "script", "image", "use", "foreignObject", "a":
			t.Errorf("the image has an element %s", start.Name.Local)
		}
		for _, a := range start.Attr {
			if a.Name.Local == "href" || strings.HasPrefix(a.Name.Local, "on") {
				t.Errorf("the image has an attribute %s", a.Name.Local)
			}
		}
	}
	if texts < 20 {
		t.Errorf("got %d texts, want the whole drawing", texts)
	}
	if strings.Contains(got.String(), "url(") || strings.Contains(got.String(), "@import") {
		t.Error("the image loads something")
	}
}

// Where a number was given again, the old namespace and the new one are two.
func TestANumberGivenAgainIsNotTheOldNamespace(t *testing.T) {
	changes := see.Diff(sandbox(), later())
	p := planOf(later(), Options{Changes: &changes})
	marks := map[int]see.Mark{}
	var walk func(nodes []*node)
	walk = func(nodes []*node) {
		for _, n := range nodes {
			if n.box != nil {
				marks[n.process.PID] = n.box.mark
			}
			walk(n.children)
		}
	}
	walk(p.roots)
	want := map[int]see.Mark{29: see.Changed, 33: see.Gone, 41: "", 50: see.Came}
	if fmt.Sprint(marks) != fmt.Sprint(want) {
		t.Errorf("got marks of the boxes around %v, want %v", marks, want)
	}
}
