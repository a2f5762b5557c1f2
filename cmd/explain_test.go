package cmd_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"drydock/lessons/decl"
)

// curriculum are the lessons there are and will be, by their ids, which they
// keep for ever.
const curriculum = `
	processes chroot mounts hostname-and-ipc pids users limits hardening run
	layers images registries building volumes
	network-namespace bridge nat names lifecycle engine compose containers-exam
	desired-state api pods kubelet scheduler replicasets deployments services dns
	pod-network configuration storage workloads ingress autoscaling security failure
	extending observing kubernetes-exam`

// The narration of a container's start names lessons and declarations. The
// package that has the steps cannot check them: it knows nothing of lessons.
func TestStepsPointToWhatIsThere(t *testing.T) {
	steps := explainedSteps(t)
	if len(steps) < 15 {
		t.Fatalf("the world is not alive: found %d steps", len(steps))
	}
	for name, step := range steps {
		does, call, lesson, declaration := step[0], step[1], step[2], step[3]
		if does == "" || call == "" || strings.HasSuffix(does, ".") {
			t.Errorf("%s: does %q with %q: want both, and no full stop", name, does, call)
		}
		if !slices.Contains(strings.Fields(curriculum), lesson) {
			t.Errorf("%s: the curriculum has no lesson %q", name, lesson)
		}
		address, err := decl.ParseAddress(declaration)
		if err == nil {
			_, err = decl.Find(os.DirFS(".."), address)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// explainedSteps reads the texts of each step out of the source: variables
// cannot be listed otherwise.
func explainedSteps(t *testing.T) map[string][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../mini-docker/explain/explain.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	steps := map[string][]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, value := range spec.Values {
			literal, ok := value.(*ast.CompositeLit)
			if !ok {
				continue
			}
			for _, element := range literal.Elts {
				text, err := strconv.Unquote(element.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				steps[spec.Names[i].Name] = append(steps[spec.Names[i].Name], text)
			}
		}
		return true
	})
	return steps
}
