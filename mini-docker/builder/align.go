package builder

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"drydock/mini-docker/builder/dockerfile"
)

// last is what a step depended on when its stage was built the last time.
type last struct {
	Text  string // of the instruction, as the Dockerfile has it
	Parts []part
	Files []string `json:",omitempty"`
}

// memory is what a stage's steps are compared with, to tell why one is done again.
type memory struct {
	name   string // of the file that holds it
	before []last // from the last time, in order
	texts  []string
	match  []int  // for each text that index of before which is the same step, or -1
	seen   []last // this time, of the steps that were looked up
}

// recall finds what is remembered of a stage. A stage with a name keeps it where others
// are written above it.
func (b *build) recall(plan *dockerfile.Stage, steps []dockerfile.Step) memory {
	stage := plan.Name
	if stage == "" {
		stage = fmt.Sprint(slices.Index(b.plan.Stages, plan))
	}
	// The same place in the same file, as far as one can tell.
	place, _ := filepath.Abs(filepath.Join(b.options.Context, "."))
	m := memory{name: digest(place, b.options.File, stage)}
	b.cache.read("last", m.name, &m.before)
	var before []string
	for _, each := range m.before {
		before = append(before, each.Text)
	}
	for _, each := range steps {
		m.texts = append(m.texts, each.Text)
	}
	m.match = align(before, m.texts)
	return m
}

// of is what the step at a position depended on the last time, or nil.
func (m *memory) of(position int) *last {
	if position >= len(m.match) || m.match[position] < 0 {
		return nil
	}
	return &m.before[m.match[position]]
}

// note remembers a step. What is remembered of those behind it stays until they are
// reached: the build may fail before.
func (m *memory) note(position int, seen last) []last {
	m.seen = append(m.seen, seen)
	behind := 0
	for _, at := range m.match[:min(position+1, len(m.match))] {
		behind = max(behind, at+1)
	}
	return append(slices.Clone(m.seen), m.before[behind:]...)
}

// align says of each text of now which of before it is, or -1: first those that are
// equal, as many as there can be in the same order (the longest common subsequence),
// then between two of these such as have the same first word, since an instruction
// whose arguments were changed is still that one.
func align(before, now []string) []int {
	// common[i][j] is how many of before[i:] and now[j:] are equal.
	common := make([][]int, len(before)+1)
	for i := range common {
		common[i] = make([]int, len(now)+1)
	}
	for i := len(before) - 1; i >= 0; i-- {
		for j := len(now) - 1; j >= 0; j-- {
			if before[i] == now[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	match := slices.Repeat([]int{-1}, len(now))
	for i, j := 0, 0; i < len(before) && j < len(now); {
		switch {
		case before[i] == now[j]:
			match[j] = i
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			i++
		default:
			j++
		}
	}
	pairChanged(match, before, now)
	return match
}

// pairChanged pairs what is left between equals.
func pairChanged(match []int, before, now []string) {
	word := func(text string) string { first, _, _ := strings.Cut(text, " "); return strings.ToUpper(first) }
	from := 0 // the first of before that is free
	for j := range now {
		if match[j] >= 0 {
			from = match[j] + 1
			continue
		}
		to := len(before)
		if next := slices.IndexFunc(match[j:], func(at int) bool { return at >= 0 }); next >= 0 {
			to = match[j+next]
		}
		at := slices.IndexFunc(before[from:to], func(text string) bool { return word(text) == word(now[j]) })
		if at >= 0 {
			match[j] = from + at
			from = match[j] + 1
		}
	}
}
