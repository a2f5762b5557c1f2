package main

import "testing"

func TestACommandIsMadeByItsName(t *testing.T) {
	c := &cli{}
	for _, each := range c.makers() {
		tree := c.command([]string{each.name, "--help"}).Commands()
		if len(tree) != 1 || tree[0].Name() != each.name {
			t.Errorf("a line that begins with %q: got %d commands, the first being %q, want that one alone", each.name, len(tree), tree[0].Name())
		}
	}
	for _, args := range [][]string{nil, {"--root", "/elsewhere", "ps"}, {"help", "run"}, {"rnu"}} {
		if got, want := len(c.command(args).Commands()), len(c.makers()); got != want {
			t.Errorf("the line %q: got %d commands, want all %d", args, got, want)
		}
	}
}
