package see

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// lookFrom has a child in new namespaces look, and returns what it saw.
func lookFrom(t *testing.T, flags uintptr) (s Scene, child int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "scene")
	c := start(t, flags, "look="+file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s, c.Process.Pid
}

func TestTheBaseIsProcessOneFromWhereverOneLooks(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can be in a new namespace without a new user namespace")
	}
	s, child := lookFrom(t, unix.CLONE_NEWUTS|unix.CLONE_NEWNS)
	if want := namespacesAt("/proc/thread-self"); !reflect.DeepEqual(s.Here, want) {
		t.Errorf("got as the base %v, want those that it was started from, %v", s.Here, want)
	}
	you, ok := s.Process(child)
	if _, opened := s.Opened(you); !ok || s.You != child || !slices.Equal(opened, []Kind{"mnt", "uts"}) {
		t.Errorf("got you %d in %v that are new, want %d in mnt and uts", s.You, opened, child)
	}
	if len(s.Inherited) != 0 {
		t.Errorf("got %v inherited, want none where no user namespace is new", s.Inherited)
	}
}

func TestInAUserNamespaceWhatIsNewIsKnownAndWhatIsHiddenSaid(t *testing.T) {
	s, child := lookFrom(t, unix.CLONE_NEWUSER|unix.CLONE_NEWUTS)
	you, ok := s.Process(child)
	if _, opened := s.Opened(you); !ok || s.You != child || !slices.Equal(opened, []Kind{"user", "uts"}) {
		t.Errorf("got you %d in %v that are new, want %d in user and uts", s.You, opened, child)
	}
	if !slices.Contains(s.Hidden, 1) || s.Inherited["net"] != you.Namespaces["net"] {
		t.Errorf("got %v hidden, %v inherited, want process 1 hidden and net inherited", s.Hidden, s.Inherited)
	}
	if s.Here["uts"] != 0 || s.Here["user"] != 0 {
		t.Errorf("got as the base %v, of which nothing may be read", s.Here)
	}
}

// The shell that see is typed in stands for it.
func TestYouAreYourParentWhereYouAreInTheSameNamespaces(t *testing.T) {
	self := selfPID()
	same := Namespaces{"uts": 5}
	all := []Process{
		{PID: 1, Namespaces: Namespaces{"uts": 4}},
		{PID: self + 1, PPID: 1, Namespaces: same},
		{PID: self, PPID: self + 1, Namespaces: same},
	}
	var s Scene
	s.standAt(slices.Clone(all))
	if s.You != self+1 || len(s.Processes) != 2 || s.Here["uts"] != 4 {
		t.Errorf("got you %d of %+v, base %v, want the parent %d", s.You, s.Processes, s.Here, self+1)
	}
	all[2].Root = "/cell"
	s = Scene{}
	if s.standAt(all); s.You != self || len(s.Processes) != 3 {
		t.Errorf("under another root: got you %d of %d processes, want itself", s.You, len(s.Processes))
	}
}

func TestTheRootDirectoryIsKept(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may chroot")
	}
	dir := t.TempDir()
	c := start(t, 0, "chroot="+dir)
	if p, _ := readProcess(c.Process.Pid); p.Root != dir {
		t.Errorf("got root %q, want %q", p.Root, dir)
	}
	before, after := Scene{Processes: []Process{{PID: 1}}}, Scene{Processes: []Process{{PID: 1, Root: dir}}}
	if got := Diff(before, after).List; len(got) != 1 || got[0].Was != "with root /" {
		t.Errorf("got changes %v, want that the root was /", got)
	}
}
