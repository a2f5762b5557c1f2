// Package fault holds what is broken in a fix lab: how it is made, what its
// cause is and in which words a learner may say so, and what proves the repair.
//
// A fix lab has several faults, and a seed decides which one a learner gets. A
// teacher may name a seed to a whole class, or a different one to each row.
// Each fault is a folder of the lab's txtar archive:
//
//	fault/NAME/fault.yaml     what is wrong, see Fault
//	fault/NAME/setup.sh       makes it, after the lab's own setup.sh
//	fault/NAME/check.txtar    the repair's proof: a script as in testscripts
//	fault/NAME/solution.sh    repairs it
//	fault/NAME/wrong/X.sh     a plausible wrong repair, `# want: TEXT` first
//	fault/NAME/right/X.sh     another right repair
//
// The package does not run anything: labs and labs/verify do.
package fault

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Fault is one thing that can be broken in a lab.
type Fault struct {
	Name    string   `yaml:"-"`
	Found   string   `yaml:"found"`   // text that the check shows while nothing is repaired
	Cause   string   `yaml:"cause"`   // markdown; told once the lab is done
	Choice  string   `yaml:"choice"`  // the cause in a line, where it stands in a list
	Parts   []Part   `yaml:"parts"`   // what a typed answer has to say
	Near    []Near   `yaml:"near"`    // what is close, and what to say then
	Answers []string `yaml:"answers"` // typed answers that have to be accepted
	Hints   []string `yaml:"hints"`   // after the lab's own

	Setup    string  `yaml:"-"`
	Check    string  `yaml:"-"`
	Solution string  `yaml:"-"`
	Wrong    []Wrong `yaml:"-"`
	Right    []Right `yaml:"-"`
}

// Part is one thing that an answer has to say, in any of several words.
type Part struct {
	What  string `yaml:"what"`  // e.g. "which program", for who has left it out
	Words Words  `yaml:"words"` // see Words
	Proof bool   `yaml:"proof"` // it is no part of the cause, but what shows it
}

// Near is an answer that is not right yet and that deserves a reply of its own.
type Near struct {
	Words Words  `yaml:"words"`
	Try   string `yaml:"try"` // such an answer
	Say   string `yaml:"say"`
}

// Wrong is a repair that must not pass.
type Wrong struct {
	Name string
	Want string // text that the failing check must show
	Text string
}

// Right is a repair that differs from the solution, and must pass.
type Right struct {
	Name string
	Text string
}

// Parse reads the faults of a lab from the files below its fault/ folder, which
// it is given by their names below that. They come in the order of their names.
func Parse(files map[string]string) ([]Fault, error) {
	named := map[string]*Fault{}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		name, rest, ok := strings.Cut(file, "/")
		if !ok {
			return nil, fmt.Errorf("fault/%s: want fault/NAME/FILE", file)
		}
		if named[name] == nil {
			named[name] = &Fault{Name: name}
		}
		if err := named[name].file(rest, files[file]); err != nil {
			return nil, fmt.Errorf("fault/%s: %w", file, err)
		}
	}
	var all []Fault
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if err := named[name].complete(); err != nil {
			return nil, fmt.Errorf("fault/%s: %w", name, err)
		}
		all = append(all, *named[name])
	}
	return all, nil
}

// file adds one file of a fault's folder.
func (f *Fault) file(name, text string) error {
	switch {
	case name == "fault.yaml":
		dec := yaml.NewDecoder(bytes.NewReader([]byte(text)))
		dec.KnownFields(true)
		return dec.Decode(f)
	case name == "setup.sh":
		f.Setup = text
	case name == "check.txtar":
		f.Check = text
	case name == "solution.sh":
		f.Solution = text
	case strings.HasPrefix(name, "wrong/"):
		first, _, _ := strings.Cut(text, "\n")
		want, ok := strings.CutPrefix(first, "# want: ")
		if !ok {
			return fmt.Errorf("its first line has to be `# want: TEXT`")
		}
		f.Wrong = append(f.Wrong, Wrong{Name: strings.TrimPrefix(name, "wrong/"), Want: want, Text: text})
	case strings.HasPrefix(name, "right/"):
		f.Right = append(f.Right, Right{Name: strings.TrimPrefix(name, "right/"), Text: text})
	default:
		return fmt.Errorf("want fault.yaml, setup.sh, check.txtar, solution.sh, wrong/NAME.sh or right/NAME.sh")
	}
	return nil
}

// complete says what a fault lacks.
func (f *Fault) complete() error {
	for _, need := range []struct {
		there bool
		what  string
	}{
		{f.Setup != "", "setup.sh: what makes the fault?"},
		{f.Check != "", "check.txtar: what proves the repair?"},
		{f.Solution != "", "solution.sh"},
		{len(f.Wrong) > 0, "a wrong repair: what does the check catch?"},
		{f.Found != "", "found: what does the check show before the repair?"},
		{f.Cause != "" && f.Choice != "", "cause and choice"},
		{len(f.Parts) > 0, "parts: what does an answer have to say?"},
		{len(f.Answers) > 0, "answers: what has to be accepted?"},
		{len(f.Hints) > 0, "hints"},
	} {
		if !need.there {
			return fmt.Errorf("needs %s", need.what)
		}
	}
	for _, p := range f.Parts {
		if p.What == "" || len(p.Words) == 0 {
			return fmt.Errorf("a part needs what and words")
		}
	}
	for _, n := range f.Near {
		if n.Try == "" || n.Say == "" || len(n.Words) == 0 {
			return fmt.Errorf("what is near needs words, try and say")
		}
	}
	return nil
}

// Pick returns the fault that a seed gives in a lab. The lab takes part, so that
// a class with one seed does not get the first fault of every lab.
func Pick(all []Fault, lab string, seed uint64) Fault {
	h := fnv.New64a()
	h.Write([]byte(lab))
	return all[rand.New(rand.NewPCG(seed, h.Sum64())).IntN(len(all))]
}
