package narration

import (
	"strings"
	"testing"

	"drydock/mini-docker/explain"
)

var step = explain.Step{
	Does: "starts a process in namespaces of its own", Call: "clone(CLONE_NEW…)",
	Lesson: "hostname-and-ipc", Declaration: "mini-docker/namespace.CloneFlags",
}

func TestStepsReadWell(t *testing.T) {
	var out strings.Builder
	n := New(&out, Style{Width: 42}, nil)
	n.Tell(step, "new: pid, network, ipc, uts, mount, cgroup")
	n.Tell(step, "")
	want := `Step 1 starts a process in namespaces of
   its own.
   Here: new: pid, network, ipc, uts,
      mount, cgroup
   Kernel: clone(CLONE_NEW…)
   Lesson: hostname-and-ipc
   Code: mini-docker/namespace.CloneFlags
Step 2 starts a process in namespaces of
   its own.
   Kernel: clone(CLONE_NEW…)
   Lesson: hostname-and-ipc
   Code: mini-docker/namespace.CloneFlags
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestColourOnlyRepeatsTheWords(t *testing.T) {
	var plain, coloured strings.Builder
	New(&plain, Style{Width: 60}, nil).Tell(step, "x")
	New(&coloured, Style{Width: 60, Colour: true}, nil).Tell(step, "x")
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(coloured.String(), "\x1b") {
		t.Fatalf("plain %q, coloured %q", plain.String(), coloured.String())
	}
	without := strings.NewReplacer(bold, "", faint, "", normal, "").Replace(coloured.String())
	if without != plain.String() {
		t.Errorf("got %q without its colours, want %q", without, plain.String())
	}
}

func TestAStepIsWaitedForBeforeTheNext(t *testing.T) {
	var out strings.Builder
	var waited []int
	n := New(&out, Style{Width: 60}, func(step int) { waited = append(waited, step) })
	n.Tell(step, "")
	n.Tell(step, "")
	if len(waited) != 2 || waited[1] != 2 {
		t.Errorf("got %v, want 1 and 2", waited)
	}
}
