package lessons

import "slices"

// Recorded is the lesson for a machine on which its commands fail, and why they do:
// console blocks are not run there, but those that need nothing of it.
func (l Lesson) Recorded(why string) Lesson {
	l.Steps = slices.Clone(l.Steps)
	for i := range l.Steps {
		l.Steps[i].Blocks = recorded(l.Steps[i].Blocks, why)
	}
	l.Intro = recorded(l.Intro, why)
	return l
}

func recorded(blocks []Block, why string) []Block {
	blocks = slices.Clone(blocks)
	for i, b := range blocks {
		if c, ok := b.(Console); ok && !c.Anywhere && c.Skip == "" {
			c.Skip = why
			blocks[i] = c
		}
	}
	return blocks
}
