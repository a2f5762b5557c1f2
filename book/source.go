package book

import (
	"html/template"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"drydock/book/code"
	"drydock/book/text"
	"drydock/labs"
	"drydock/lessons"
)

// codePath is where a declaration's page stands.
func codePath(d *code.Declaration) string {
	return "code/" + d.Address.Dir + "/" + code.Bare(d.Address.Name) + ".html"
}

// packagePath is where a package's page stands: no declaration can have the name
// of a keyword.
func packagePath(dir string) string { return "code/" + dir + "/package.html" }

// code is the HTML of a declaration's code, with links from a page.
func (b *binder) code(from string, d *code.Declaration) template.HTML {
	links := map[int]string{}
	for offset, to := range d.Links {
		links[offset] = relative(from, codePath(to))
	}
	return text.Go(strings.TrimRight(d.Text, "\n"), links)
}

// declarationPage is what a declaration's page shows.
type declarationPage struct {
	*code.Declaration
	Package string // its page
	Code    template.HTML
	Lessons []lessons.Lesson // that print it
	Labs    []labs.Lab       // that cut it
	Steps   []narrated       // of --explain that name it
	Tests   []code.Reach
	More    int // tests that reach it besides
}

// shownTests is how many tests a page lists: the nearest say most.
const shownTests = 12

// source makes a page for each declaration, one for each package and one above.
func (b *binder) source() error {
	printed, cut := map[*code.Declaration][]lessons.Lesson{}, map[*code.Declaration][]labs.Lab{}
	for _, l := range b.Lessons {
		for _, e := range l.Excerpts() {
			if d, ok := b.index.Find(e.Address); ok && !slices.ContainsFunc(printed[d], func(o lessons.Lesson) bool { return o.ID == l.ID }) {
				printed[d] = append(printed[d], l)
			}
		}
	}
	for _, lab := range b.Labs {
		for _, address := range lab.Cut {
			if d, ok := b.index.Find(address); ok {
				cut[d] = append(cut[d], lab)
			}
		}
	}
	steps := b.narration()
	var work errgroup.Group
	work.SetLimit(runtime.NumCPU())
	for _, d := range b.index.All() {
		work.Go(func() error { return b.declaration(d, printed[d], cut[d], steps[d]) })
	}
	if err := work.Wait(); err != nil {
		return err
	}
	return b.packages()
}

// declaration makes the page of one declaration.
func (b *binder) declaration(d *code.Declaration, printed []lessons.Lesson, cut []labs.Lab, steps []narrated) error {
	from := codePath(d)
	shown := declarationPage{
		Declaration: d, Package: relative(from, packagePath(d.Address.Dir)), Code: b.code(from, d),
		Lessons: printed, Labs: cut, Steps: steps,
		Tests: d.Tests[:min(len(d.Tests), shownTests)], More: max(0, len(d.Tests)-shownTests),
	}
	return b.add("declaration", page{Path: from, Title: d.Address.String(), Kind: "code", Text: firstSentence(d.Text), Body: shown})
}

// packages makes the pages above those of the declarations.
func (b *binder) packages() error {
	type line struct{ Link, Name, Does string }
	var all []line
	for _, p := range b.index.Packages {
		at := packagePath(p.Dir)
		var list []line
		for _, d := range p.Decls {
			list = append(list, line{relative(at, codePath(d)), d.Address.Name, firstSentence(d.Text)})
		}
		does := firstSentence("// " + strings.ReplaceAll(p.Doc, "\n", "\n// "))
		all = append(all, line{packagePath(p.Dir), p.Dir, does})
		err := b.add("package", page{Path: at, Title: p.Dir, Kind: "package", Text: does,
			Body: map[string]any{"Doc": p.Doc, "List": list, "Dir": p.Dir}})
		if err != nil {
			return err
		}
	}
	for i := range all {
		all[i].Link = relative("code/index.html", all[i].Link)
	}
	return b.add("packages", page{Path: "code/index.html", Title: "The source", Body: all})
}

// firstSentence is how a doc comment begins, "" where there is none.
func firstSentence(decl string) string {
	var comment []string
	for line := range strings.Lines(decl) {
		said, isComment := strings.CutPrefix(strings.TrimSpace(line), "//")
		if !isComment || strings.TrimSpace(said) == "" {
			break
		}
		comment = append(comment, strings.TrimSpace(said))
	}
	whole := strings.Join(comment, " ")
	if sentence, _, more := strings.Cut(whole, ". "); more {
		return sentence + "."
	}
	return whole
}
