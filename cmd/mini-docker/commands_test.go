package main

import "testing"

func TestACommandIsMadeByItsName(t *testing.T) {
	c := &cli{}
	for _, each := range c.makers() {
		for _, args := range [][]string{{each.name, "--help"}, {"--root", "/elsewhere", each.name}} {
			tree := c.command(args).Commands()
			if len(tree) != 1 || tree[0].Name() != each.name {
				t.Errorf("the line %q: got %d commands, the first being %q, want %q alone", args, len(tree), tree[0].Name(), each.name)
			}
		}
	}
	for _, args := range [][]string{nil, {"--root", "ps"}, {"--root=/elsewhere", "ps"}, {"help", "run"}, {"rnu"}} {
		if got, want := len(c.command(args).Commands()), len(c.makers()); got != want {
			t.Errorf("the line %q: got %d commands, want all %d", args, got, want)
		}
	}
}
