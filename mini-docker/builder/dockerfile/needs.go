package dockerfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// link finds out which stages need which.
func (p *Plan) link() error {
	for i, stage := range p.Stages {
		for _, step := range stage.Steps {
			if err := p.Link(i, step.Command); err != nil {
				return &LineError{p.File, step.Line, err}
			}
		}
	}
	return nil
}

// Link notes which stages an instruction of a stage needs. It refuses one that closes
// a circle: each stage in it would wait for the next.
func (p *Plan) Link(stage int, command instructions.Command) error {
	for _, other := range p.Needs(stage, command) {
		if other == stage {
			return fmt.Errorf("stage %s cannot take files from itself", p.Called(stage))
		}
		if p.reaches(other, stage) {
			return fmt.Errorf("stage %s needs this one, so that neither can be built before the other", p.Called(other))
		}
		if !slices.Contains(p.Stages[stage].Needs, other) {
			p.Stages[stage].Needs = append(p.Stages[stage].Needs, other)
		}
	}
	return nil
}

// reaches says whether a stage needs another, or needs one that does, and so on.
func (p *Plan) reaches(stage, other int) bool {
	seen := make([]bool, len(p.Stages))
	var reaches func(int) bool
	reaches = func(at int) bool {
		if at == other || seen[at] {
			return at == other
		}
		seen[at] = true
		return slices.ContainsFunc(p.Stages[at].Needs, reaches)
	}
	return reaches(stage)
}

// Needs are the stages that an instruction of a stage takes files from.
func (p *Plan) Needs(stage int, command instructions.Command) []int {
	var names []string
	switch c := command.(type) {
	case *instructions.CopyCommand:
		names = append(names, c.From)
	case *instructions.RunCommand:
		for _, mount := range instructions.GetMounts(c) {
			names = append(names, mount.From)
		}
	}
	var stages []int
	for _, name := range names {
		if i := p.Find(name, stage); i >= 0 {
			stages = append(stages, i)
		}
	}
	return stages
}

// Find looks up what --from means in a stage: the nearest of that name above it, or
// one by its number, or one further down, as with Docker; -1 if there is none, and it
// is an image.
func (p *Plan) Find(name string, stage int) int {
	if name == "" {
		return -1
	}
	isCalled := func(s *Stage) bool { return strings.EqualFold(s.Name, name) }
	for i, each := range slices.Backward(p.Stages[:stage]) {
		if isCalled(each) {
			return i
		}
	}
	if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(p.Stages) {
		return i
	}
	if i := slices.IndexFunc(p.Stages[stage:], isCalled); i >= 0 {
		return stage + i
	}
	return -1
}

// Called is what a stage is called where it is told of: its name, or its number.
func (p *Plan) Called(stage int) string {
	if name := p.Stages[stage].Name; name != "" {
		return name
	}
	return fmt.Sprintf("stage-%d", stage)
}
