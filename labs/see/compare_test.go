package see

import (
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

func aspectOf(t *testing.T, all []Aspect, what string) Aspect {
	t.Helper()
	i := slices.IndexFunc(all, func(a Aspect) bool { return a.What == what })
	if i < 0 {
		t.Fatalf("%s is not compared: %+v", what, all)
	}
	return all[i]
}

func TestCompareTellsWhatDiffers(t *testing.T) {
	a, b := start(t, ordinary, "hostname", "mount"), start(t, unix.CLONE_NEWUSER|unix.CLONE_NEWUTS)
	found, err := Compare(t.Context(), a.Process.Pid, b.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if got := aspectOf(t, found, "mounts"); !slices.Equal(got.A, []string{"/tmp tmpfs"}) || len(got.B) != 0 || got.Both == 0 {
		t.Errorf("mounts: got %+v, want /tmp in the first alone", got)
	}
	own := aspectOf(t, found, "namespaces of its own")
	if !slices.Contains(own.A, "pid") || slices.Contains(own.B, "pid") {
		t.Errorf("namespaces: got %+v, want pid in the first alone", own)
	}
	if got := aspectOf(t, found, "capabilities"); !got.Alike() || got.Both == 0 {
		t.Errorf("capabilities: got %+v, want them alike", got)
	}
}

func TestAProcessIsLikeItself(t *testing.T) {
	c := start(t, ordinary)
	found, err := Compare(t.Context(), c.Process.Pid, c.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range found {
		if !a.Alike() {
			t.Errorf("got %+v between a process and itself", a)
		}
	}
	if _, err := Compare(t.Context(), os.Getpid(), 1<<22+1); err == nil {
		t.Error("got no error for a process that cannot be")
	}
}

func TestMountsAreComparedWithoutTheirIds(t *testing.T) {
	line := func(root, options string) string {
		return "36 35 0:40 " + root + " /etc/hosts rw," + options + " master:1 - tmpfs none rw\n"
	}
	a, b := mountsIn(line("/containers/7c76/hosts", "nosuid")), mountsIn(line("/containers/9d01/hosts", "nosuid"))
	if d := difference("mounts", a, b); !d.Alike() || d.Both != 1 {
		t.Errorf("two ids: got %+v, want no difference", d)
	}
	if d := difference("mounts", a, mountsIn(line("/containers/9d01/hosts", "noexec"))); len(d.A) != 1 || len(d.B) != 1 {
		t.Errorf("other options: got %+v, want a difference", d)
	}
}
