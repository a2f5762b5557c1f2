package lessons

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// front is what the block between the two "---" lines may hold.
type front struct {
	ID      string   `yaml:"id"`
	Title   string   `yaml:"title"`
	Summary string   `yaml:"summary"`
	Minutes int      `yaml:"minutes"`
	Needs   []string `yaml:"needs"`
	Goals   []string `yaml:"goals"`
}

// position is the line of each key of the front matter, so that a problem
// with one points at it and not at the top of the file.
type position map[string]int

// line returns where key stands, or the file's first line.
func (p position) line(key string) int {
	if n, ok := p[key]; ok {
		return n
	}
	return 1
}

// frontMatter reads the YAML block that opens the file into l. Keys it does
// not know are an error: `minuts: 20` would otherwise pass unseen.
func (s *scanner) frontMatter(l *Lesson) error {
	if s.line() != "---" {
		return s.errorAt(1, "a lesson opens with front matter between two lines of ---")
	}
	for s.at++; ; s.at++ {
		if s.done() {
			return s.errorAt(1, "the front matter never ends: a second line of --- closes it")
		}
		if s.line() == "---" {
			break
		}
	}
	// The opening line stays in (as YAML's document mark), so that the
	// decoder's line numbers are the file's.
	text := strings.Join(s.lines[:s.at-1], "\n")
	s.at++

	var f front
	d := yaml.NewDecoder(strings.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		return fmt.Errorf("%s: front matter: %w", s.path, err)
	}
	l.ID, l.Title, l.Summary, l.Minutes, l.Needs, l.Goals = f.ID, f.Title, f.Summary, f.Minutes, f.Needs, f.Goals
	l.front = position{}
	for n, line := range strings.Split(text, "\n") {
		if key, _, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, " ") {
			l.front[key] = n + 1
		}
	}
	return nil
}
