// Package dockerfile reads a Dockerfile into a Plan: stages, what each of them
// stands on and needs, and their instructions, with the lines they are on.
//
//	plan, err := dockerfile.Parse("Dockerfile", text, dockerfile.Options{Target: "web"})
//	for _, i := range plan.Stages[plan.Target].Needs { build(plan.Stages[i]) }
//
// moby/buildkit's packages know the grammar, so it is Docker's: comments and
// directives, line ends of either kind, here-documents, flags. What is not supported
// is refused by name and line, before anything is built. Variables in instructions
// are replaced when they are built: what they hold is known only then.
package dockerfile

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// Scratch is the base that is nothing.
const Scratch = "scratch"

// Options say how a Dockerfile is read.
type Options struct {
	Target string            // the stage to stop at, by name or number; the last one when empty
	Args   map[string]string // --build-arg
	Build  string            // the platform of this machine: linux/amd64
	Wanted string            // the platform the image is for: Build when empty
}

// Plan is a Dockerfile that can be built.
type Plan struct {
	File     string
	Stages   []*Stage // in the order of the file
	Target   int      // the stage that is wanted
	Escape   rune     // what stands before what is meant literally: \ or `
	Global   map[string]string
	Warnings []string
}

// Stage is what one FROM begins.
type Stage struct {
	Name     string
	Base     string // an image, or scratch; of no use with From
	From     int    // the stage that it stands on, or -1
	Platform string // linux/amd64
	Steps    []Step
	Needs    []int // stages that it stands on, or takes files from
	Line     int
	Text     string // the FROM itself
}

// Step is one instruction.
type Step struct {
	Command instructions.Command
	Line    int
	Text    string
}

// Parse reads a Dockerfile. file is its name, for messages.
func Parse(file string, text []byte, o Options) (*Plan, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, fmt.Errorf("the Dockerfile (%s) cannot be empty", file)
	}
	tree, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, located(file, err)
	}
	if err := checkSyntax(text); err != nil {
		return nil, &LineError{file, 1, err}
	}
	stages, metaArgs, err := instructions.Parse(tree.AST, nil)
	if err != nil {
		return nil, located(file, err)
	}
	p := &Plan{File: file, Escape: tree.EscapeToken, Global: platformArgs(o)}
	for _, each := range tree.Warnings {
		p.Warnings = append(p.Warnings, each.Short)
	}
	for _, each := range metaArgs {
		if err := p.addGlobal(each, o.Args); err != nil {
			return nil, &LineError{file, line(each.Location()), err}
		}
	}
	for _, each := range stages {
		if err := p.addStage(each, o); err != nil {
			return nil, err
		}
	}
	if err := p.link(); err != nil {
		return nil, err
	}
	return p, p.aim(o.Target)
}

// checkSyntax refuses a `# syntax` directive that names another language than
// Dockerfile's: with Docker it names a program that reads the file.
func checkSyntax(text []byte) error {
	name, _, _, ok := parser.DetectSyntax(text)
	if !ok {
		return nil
	}
	// Whichever registry it comes from: a mirror has the same language.
	registry, tagged := path.Split(name)
	language, _, _ := strings.Cut(tagged, ":")
	if path.Base(registry) != "docker" || language != "dockerfile" && language != "dockerfile-upstream" {
		return fmt.Errorf("# syntax=%s is not supported: only docker/dockerfile is spoken here", name)
	}
	return nil
}

// addGlobal notes an ARG that stands before the first FROM.
func (p *Plan) addGlobal(command instructions.ArgCommand, given map[string]string) error {
	for _, arg := range command.Args {
		value, ok := given[arg.Key]
		if !ok && arg.Value == nil {
			continue
		}
		if !ok {
			var err error
			if value, err = p.Expand(*arg.Value, pairs(p.Global)); err != nil {
				return err
			}
		}
		p.Global[arg.Key] = value
	}
	return nil
}

// addStage reads a FROM and what follows it.
func (p *Plan) addStage(read instructions.Stage, o Options) error {
	s := &Stage{Name: read.Name, From: -1, Line: line(read.Location), Text: read.SourceCode}
	fail := func(err error) error { return &LineError{p.File, s.Line, err} }
	var err error
	if s.Base, err = p.Expand(read.BaseName, pairs(p.Global)); err != nil {
		return fail(err)
	}
	if s.Base == "" {
		return fail(fmt.Errorf("base name (%s) should not be blank", read.BaseName))
	}
	if s.Platform, err = p.platform(read.Platform, o); err != nil {
		return fail(err)
	}
	for i, before := range slices.Backward(p.Stages) {
		if before.Name != "" && strings.EqualFold(before.Name, s.Base) {
			s.From, s.Needs = i, []int{i}
			break
		}
	}
	for _, command := range read.Commands {
		at := line(command.Location())
		if err := check(command); err != nil {
			return &LineError{p.File, at, err}
		}
		s.Steps = append(s.Steps, Step{command, at, textOf(command)})
	}
	p.Stages = append(p.Stages, s)
	return nil
}

// aim finds the stage that is wanted.
func (p *Plan) aim(target string) error {
	p.Target = len(p.Stages) - 1
	if p.Target < 0 {
		return fmt.Errorf("%s: there is no FROM in it", p.File)
	}
	if target != "" {
		if p.Target = p.Find(target, len(p.Stages)); p.Target < 0 {
			return fmt.Errorf("target stage %q could not be found", target)
		}
	}
	return nil
}

// Expand replaces the variables in a word, as a shell would: $A, ${A:-default} …
// Of several values the last one counts.
func (p *Plan) Expand(word string, env []string) (string, error) {
	expanded, _, err := shell.NewLex(p.Escape).ProcessWord(word, shell.EnvsFromSlice(env))
	return expanded, err
}

// Trigger reads an instruction that an image asks for when it is built upon
// (ONBUILD).
func Trigger(text, image string) (Step, error) {
	tree, err := parser.Parse(strings.NewReader(text))
	if err == nil && len(tree.AST.Children) != 1 {
		err = errors.New("it is not one instruction")
	}
	var command instructions.Command
	if err == nil {
		command, err = instructions.ParseCommand(tree.AST.Children[0])
	}
	if err == nil {
		switch command.(type) {
		case *instructions.OnbuildCommand, *instructions.MaintainerCommand:
			err = fmt.Errorf("%s isn't allowed as an ONBUILD trigger", strings.ToUpper(command.Name()))
		default:
			err = check(command)
		}
	}
	if err != nil {
		return Step{}, fmt.Errorf("image %s asks for %q when it is built upon: %w", image, text, err)
	}
	return Step{Command: command, Text: text}, nil
}

// ExpandDocument replaces the variables in a here-document, whose quotes are text.
func (p *Plan) ExpandDocument(text string, env []string) (string, error) {
	lex := shell.NewLex(p.Escape)
	lex.RawQuotes, lex.RawEscapes = true, true
	expanded, _, err := lex.ProcessWord(text, shell.EnvsFromSlice(env))
	return expanded, err
}
