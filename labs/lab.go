// Package labs holds the labs: what a learner does with their own hands, and
// the proof that they did it.
//
// A lab is one txtar file, labs/NN-slug/NAME.txtar. Its comment is YAML:
//
//	id: pids/reaper              # LESSON/NAME; never changes
//	title: Reap what others leave
//	kind: build                  # do, build or fix
//	minutes: 25                  # that a stranger takes
//	task: |                      # markdown: what to reach, not how
//	  …
//	cut: [mini-docker/runtime.reap]   # build: the declarations to write back
//	todo: |                      # build: stands in the cut function's body; with
//	  …                          # several, a part "NAME: …" for each
//	script: testscripts/run_init_reaps.txtar   # or a list: what checks it
//	tests: [mini-docker/rootfs]       # build: packages whose tests a script runs
//	hints: [a nudge, a pointer, the way]
//	mutate: true                 # build: each statement of the cut code counts
//
// and its files are:
//
//	setup.sh          prepares the sandbox before the learner starts
//	solution.sh       do: reaches the state
//	wrong/NAME.sh     do: a plausible wrong way
//	wrong/NAME.go     build: a plausible wrong answer, the declarations alone
//	wrong/NAME.tree   build: a tree that must not pass, see package labs/verify
//	right/NAME.sh     do: another right way
//	right/NAME.go     build: another right answer
//	fault/NAME/…      fix: what is broken, see package labs/fault
//	check.txtar       fix: what holds after every repair; follows the fault's own
//
// A fix lab has no script of its own, each fault brings one; with `ask` it says
// what a typed cause has to name, with `decoys` causes that are plausible and
// not so. A seed decides on the fault: [Lab.Seeded].
//
// The first line of a wrong answer, `# want: TEXT` or `// want: TEXT`, is what
// the failing check has to tell whoever tries it. A second one, `# with: LAB`, has
// that lab done in the same sandbox before. Every lab has a wrong answer for each of
// the [Worlds], or says under `without` why one means nothing for it, and at least
// [FewestRight] right ones. `drydock verify` holds every lab to it: see package
// labs/verify.
//
// A do lab's script looks at the learner's live sandbox; a build lab's runs in
// a fresh one, against the mini-docker built from the learner's tree. With
// `tests` the tests of these packages are built from that tree too, and the
// script finds them as programs: `exec rootfs.test -test.run ^TestPivotRoot`.
package labs

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"drydock/labs/fault"
	"drydock/lessons/near"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"
)

//go:embed [0-9][0-9]-*/*.txtar
var embedded embed.FS

// Kind says what a learner does in a lab.
type Kind string

// The kinds of lab.
const (
	Do    Kind = "do"    // reach a state with the tools
	Build Kind = "build" // write back a piece of the engine
	Fix   Kind = "fix"   // find what is broken and repair it
)

// Lab is one parsed lab file.
type Lab struct {
	ID      string   `yaml:"id"`
	Title   string   `yaml:"title"`
	Kind    Kind     `yaml:"kind"`
	Minutes int      `yaml:"minutes"` // that a stranger takes for it; 0: nobody has measured
	Task    string   `yaml:"task"`
	Cut     []string `yaml:"cut"`
	Todo    string   `yaml:"todo"`
	Scripts []string `yaml:"-"` // names under testscripts/, without .txtar
	Tests   []string `yaml:"tests"`
	Hints   []string `yaml:"hints"`
	Mutate  bool     `yaml:"mutate"`
	Ask     string   `yaml:"ask"`    // fix: what a typed cause has to name
	Decoys  []string `yaml:"decoys"` // fix: causes that stand in the list and are none

	Without map[string]string `yaml:"without"` // the Worlds that mean nothing here, and why

	Path     string  `yaml:"-"` // labs/NN-slug/NAME.txtar
	Setup    string  `yaml:"-"` // shell; "" = nothing to prepare
	Check    string  `yaml:"-"` // fix: a script that goes on where a fault's ends, or ""
	Solution string  `yaml:"-"` // shell; "" for build labs, whose solution is the code
	Wrong    []Wrong `yaml:"-"`
	Right    []Right `yaml:"-"`

	Faults []fault.Fault `yaml:"-"` // fix: one of them is seeded
}

// Lesson returns the id of the lesson the lab belongs to.
func (l Lab) Lesson() string { lesson, _, _ := strings.Cut(l.ID, "/"); return lesson }

// Name returns the lab's name within its lesson.
func (l Lab) Name() string { _, name, _ := strings.Cut(l.ID, "/"); return name }

// NotFoundError reports an id that no lab has.
type NotFoundError struct {
	ID   string
	Near []string
}

func (e *NotFoundError) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("unknown lab %q", e.ID)
	}
	return fmt.Sprintf("unknown lab %q: did you mean %s?", e.ID, strings.Join(e.Near, " or "))
}

// Labs returns the built-in labs in the order of their lessons' folders.
func Labs() ([]Lab, error) { return Load(embedded) }

// Load parses every */NAME.txtar of fsys, which is the labs folder.
func Load(fsys fs.FS) ([]Lab, error) {
	files, err := fs.Glob(fsys, "*/*.txtar")
	if err != nil {
		return nil, fmt.Errorf("listing labs: %w", err)
	}
	var all []Lab
	for _, file := range files {
		src, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("reading lab: %w", err)
		}
		l, err := Parse(path.Join("labs", file), src)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// Of returns those of the labs that belong to a lesson.
func Of(all []Lab, lesson string) []Lab {
	var of []Lab
	for _, l := range all {
		if l.Lesson() == lesson {
			of = append(of, l)
		}
	}
	return of
}

// Pick returns the lab with that id, or that name where only one lesson has
// it. The error is a *NotFoundError.
func Pick(all []Lab, id string) (Lab, error) {
	var named []Lab
	var ids []string
	for _, l := range all {
		if l.ID == id {
			return l, nil
		}
		if l.Name() == id {
			named = append(named, l)
		}
		ids = append(ids, l.ID)
	}
	if len(named) == 1 {
		return named[0], nil
	}
	return Lab{}, &NotFoundError{ID: id, Near: near.Names(id, ids)}
}

// Parse reads a lab. file is its path from the module's root, for messages.
func Parse(file string, src []byte) (Lab, error) {
	archive := txtar.Parse(src)
	l := Lab{Path: file}
	var front struct {
		Lab    `yaml:",inline"`
		Script scripts `yaml:"script"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(archive.Comment))
	dec.KnownFields(true)
	if err := dec.Decode(&front); err != nil {
		return l, fmt.Errorf("reading %s: %w", file, err)
	}
	front.Lab.Path = file
	l = front.Lab
	for _, s := range front.Script {
		l.Scripts = append(l.Scripts, strings.TrimSuffix(path.Base(s), ".txtar"))
	}
	faults := map[string]string{}
	for _, f := range archive.Files {
		if name, ok := strings.CutPrefix(f.Name, "fault/"); ok {
			faults[name] = string(f.Data)
			continue
		}
		if err := l.file(f.Name, string(f.Data)); err != nil {
			return l, fmt.Errorf("reading %s: %w", file, err)
		}
	}
	var err error
	if l.Faults, err = fault.Parse(faults); err != nil {
		return l, fmt.Errorf("reading %s: %w", file, err)
	}
	if err := l.complete(); err != nil {
		return l, fmt.Errorf("reading %s: %w", file, err)
	}
	return l, nil
}

// scripts is one script or a list of them.
type scripts []string

func (s *scripts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*s = scripts{n.Value}
		return nil
	}
	return n.Decode((*[]string)(s))
}

// file adds one file of the archive.
func (l *Lab) file(name, text string) error {
	switch {
	case name == "setup.sh":
		l.Setup = text
	case name == "check.txtar":
		l.Check = text
	case name == "solution.sh":
		l.Solution = text
	case strings.HasPrefix(name, "right/"):
		l.Right = append(l.Right, Right{Name: path.Base(name), Text: text})
	case strings.HasPrefix(name, "wrong/"):
		w, err := wrongAnswer(name, text)
		if err != nil {
			return err
		}
		l.Wrong = append(l.Wrong, w)
	default:
		return fmt.Errorf("%s: want setup.sh, check.txtar, solution.sh, wrong/NAME.sh or .go, or right/NAME.sh or .go", name)
	}
	return nil
}

// widestTodo is what a terminal of 80 columns shows of a line behind a tab and two
// slashes.
const widestTodo = 68

func isTooWide(line string) bool { return utf8.RuneCountInString(line) > widestTodo }

// complete says what a lab lacks.
func (l *Lab) complete() error {
	lesson, name, ok := strings.Cut(l.ID, "/")
	switch {
	case !ok || name == "":
		return fmt.Errorf("id %q: want LESSON/NAME", l.ID)
	case !strings.HasSuffix(path.Dir(l.Path), "-"+lesson) || path.Base(l.Path) != name+".txtar":
		return fmt.Errorf("id %q belongs in labs/NN-%s/%s.txtar", l.ID, lesson, name)
	case !slices.Contains([]Kind{Do, Build, Fix}, l.Kind):
		return fmt.Errorf("kind %q: want do, build or fix", l.Kind)
	case l.pointless() != nil:
		return l.pointless()
	case l.Title == "" || l.Task == "":
		return fmt.Errorf("title and task are needed")
	case len(l.Hints) == 0:
		return fmt.Errorf("hints are needed")
	case l.Kind == Fix:
		return l.completeFix()
	case len(l.Faults) > 0 || l.Check != "":
		return fmt.Errorf("only a fix lab has faults, and a check.txtar for all of them")
	case len(l.Scripts) == 0:
		return fmt.Errorf("script is needed: what would check the lab?")
	case slices.ContainsFunc(strings.Split(l.Todo, "\n"), isTooWide):
		return fmt.Errorf("a line of todo has more than %d characters: it stands in a comment of a function", widestTodo)
	case l.Kind == Build && len(l.Cut) == 0:
		return fmt.Errorf("a build lab cuts at least one declaration")
	case l.Kind != Build && len(l.Tests) > 0:
		return fmt.Errorf("tests are built from a learner's tree, which only a build lab has")
	case l.Kind != Build && l.Solution == "":
		return fmt.Errorf("solution.sh is needed")
	case len(l.Wrong) == 0:
		return fmt.Errorf("at least one wrong answer is needed: what does the check catch?")
	}
	return nil
}
