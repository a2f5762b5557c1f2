package code

import (
	"cmp"
	"slices"
	"strings"
)

// methods are the methods of a package by their name alone.
type methods map[string][]*Declaration

// resolve finds the declarations that names mean.
func (x *Index) resolve() {
	byName := map[string]methods{}
	for _, p := range x.Packages {
		byName[p.Dir] = methods{}
		for _, d := range p.Decls {
			if _, method, ok := strings.Cut(Bare(d.Address.Name), "."); ok {
				byName[p.Dir][method] = append(byName[p.Dir][method], d)
			}
		}
	}
	for _, p := range x.Packages {
		helpers := map[string]*Declaration{}
		for _, t := range p.tests {
			for _, name := range t.Names {
				helpers[Bare(name)] = t
			}
		}
		for _, d := range p.Decls {
			x.link(d, nil, byName)
		}
		for _, t := range p.tests {
			x.link(t, helpers, byName)
		}
	}
}

// link resolves the names in one declaration, first among the helpers of its tests.
func (x *Index) link(d *Declaration, helpers map[string]*Declaration, byName map[string]methods) {
	d.Links = map[int]*Declaration{}
	for _, r := range d.names {
		if r.method {
			d.calls = append(d.calls, byName[d.Address.Dir][r.name]...)
			for _, each := range d.Imports {
				dir, _ := strings.CutPrefix(each.Path, module)
				d.calls = append(d.calls, byName[dir][r.name]...)
			}
			continue
		}
		dir := cmp.Or(r.dir, d.Address.Dir)
		to, ok := helpers[r.name]
		if !ok || r.dir != "" {
			to = x.found[key(dir, r.name)]
		}
		if to == nil || to == d {
			continue
		}
		d.calls = append(d.calls, to)
		if helpers == nil {
			d.Links[r.offset] = to
		}
	}
}

// reach follows every test to the declarations that it comes to.
func (x *Index) reach() {
	for _, p := range x.Packages {
		for _, t := range p.tests {
			if t.Kind == "func" && isTest(t.Address.Name) {
				follow(t)
			}
		}
	}
	for _, d := range x.All() {
		slices.SortStableFunc(d.Tests, func(a, b Reach) int { return cmp.Compare(a.Steps, b.Steps) })
	}
}

// follow notes a test with every declaration it reaches, and how many names away.
func follow(test *Declaration) {
	seen := map[*Declaration]bool{test: true}
	front := []*Declaration{test}
	for steps := 1; len(front) > 0; steps++ {
		var next []*Declaration
		for _, from := range front {
			for _, to := range from.calls {
				if seen[to] {
					continue
				}
				seen[to] = true
				if !strings.HasSuffix(to.File, "_test.go") {
					to.Tests = append(to.Tests, Reach{test, steps})
				}
				next = append(next, to)
			}
		}
		front = next
	}
}

// isTest reports whether go test calls a function of that name.
func isTest(name string) bool {
	for _, prefix := range []string{"Test", "Fuzz", "Example", "Benchmark"} {
		if strings.HasPrefix(name, prefix) && name != "TestMain" {
			return true
		}
	}
	return false
}
