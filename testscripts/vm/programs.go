package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"drydock/testscripts/vm/plan"
)

// A testPackage is a package that has tests.
type testPackage struct {
	importPath string
	rel        string // its directory, relative to the module
	binary     string // its test program, relative to plan.Tests
}

// testPackages lists the packages with tests that the patterns name.
func testPackages(ctx context.Context, module string, patterns []string) ([]testPackage, error) {
	const format = `{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{.Dir}}{{end}}`
	list, err := output(ctx, module, append([]string{"go", "list", "-f", format}, patterns...)...)
	if err != nil {
		return nil, err
	}
	var all []testPackage
	for line := range strings.Lines(list) {
		importPath, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasSuffix(importPath, "/testscripts/vm") {
			continue // it would start a machine in the machine
		}
		rel, err := filepath.Rel(module, dir)
		if err != nil {
			return nil, err
		}
		if rel == "testscripts" && !exist(filepath.Join(module, "bin/mini-docker")) {
			return nil, fmt.Errorf("the scripts need bin/mini-docker: run `make build` first")
		}
		all = append(all, testPackage{importPath: importPath, rel: rel})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no package of %s has tests", strings.Join(patterns, " "))
	}
	return all, nil
}

// buildTests compiles the packages' test programs into dir. `go test -c` builds
// many at once, but names each by the last element of its path only, so packages
// with the same one go into different rounds.
func buildTests(ctx context.Context, module, dir string, packages []testPackage) error {
	var rounds [][]string
	seen := map[string]int{}
	for i, p := range packages {
		base := path.Base(p.importPath)
		round := seen[base]
		seen[base]++
		if round == len(rounds) {
			rounds = append(rounds, nil)
		}
		rounds[round] = append(rounds[round], p.importPath)
		packages[i].binary = fmt.Sprintf("%d/%s.test", round, base)
	}
	for i, round := range rounds {
		out := filepath.Join(dir, fmt.Sprint(i)) + "/"
		if err := os.MkdirAll(out, 0o755); err != nil {
			return err
		}
		if err := goBuild(ctx, module, append([]string{"test", "-c", "-ldflags=-s -w", "-o", out}, round...)...); err != nil {
			return err
		}
	}
	return nil
}

// goBuild runs the go command for the machine, which has no C library.
func goBuild(ctx context.Context, module string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", args[0], err, out)
	}
	return nil
}

// programs is the plan's list: each test program, or the shell command, once as
// root and once as an ordinary user.
func programs(packages []testPackage, o options) []plan.Program {
	var all []plan.Program
	for _, asUser := range []bool{false, true} {
		for _, p := range packages {
			if o.kernel && (!asUser && slices.Contains(bothThemselves, p.rel) || asUser && p.rel == crashTests) {
				continue
			}
			one := o.testProgram(p)
			one.AsUser = asUser
			if p.rel == "testscripts" && !asUser {
				// An ordinary user's sandbox is the business of the user who follows.
				one.Args = append(one.Args, "-test.skip=^TestProduct$/^user$")
			}
			all = append(all, one)
		}
		if o.shell != "" {
			all = append(all, plan.Program{Name: "sh", Args: []string{"/bin/sh", "-c", o.shell}, Dir: plan.Source, AsUser: asUser})
		}
	}
	return all
}

// testProgram says how to run a package's tests. -test.v=test2json marks
// verdicts with a control character that no test prints by accident
// (cmd/test2json). Emulation is slow: what tests do many times, to meet with a
// rare case, they are to do less often here.
func (o options) testProgram(p testPackage) plan.Program {
	args := []string{
		path.Join(plan.Tests, p.binary), "-test.v=test2json", "-test.paniconexit0", "-test.short",
		"-test.timeout=" + o.timeout.String(),
	}
	if o.kernel && p.rel == "testscripts" {
		args = append(args, "-test.run="+scriptsOf(kernelScripts))
	}
	if p.rel == peerTests && o.peers != "" {
		args = append(args, "-peers")
	}
	if p.rel == crashTests {
		args = append(args, fmt.Sprintf("-points=%d", o.cuts))
		if o.kernel {
			args = append(args, "-test.run="+cutsTest)
		}
	}
	if o.run != "" {
		args = append(args, "-test.run="+o.run)
	}
	return plan.Program{Name: p.rel, Args: args, Dir: path.Join(plan.Source, p.rel), GoTest: true}
}
