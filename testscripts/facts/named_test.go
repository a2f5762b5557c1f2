package facts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A number is given again: only with the start time it names a process.
func TestANamedProcessIsThatOneAndNoOther(t *testing.T) {
	cmd := exec.Command("sleep", "60.7373")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	w := World{Named: map[string]Process{}}
	o, err := settled(process)(w, []string{`^sleep 60\.7373$`, "as=it"})
	if err != nil || !o.Holds || w.Named["it"].PID != cmd.Process.Pid {
		t.Fatalf("naming it: got %+v, %v, %+v", o, err, w.Named)
	}
	if p, err := w.Find("it"); err != nil || p.PID != cmd.Process.Pid {
		t.Errorf("finding it: got %v, %v", p, err)
	}
	another := w.Named["it"]
	another.Started += "1"
	w.Named["another"] = another
	if _, err := w.Find("another"); err == nil || !strings.Contains(err.Error(), "has ended") {
		t.Errorf("the same number, started at another time: got %v", err)
	}
	note := filepath.Join(t.TempDir(), "note")
	for text, found := range map[string]bool{
		strconv.Itoa(cmd.Process.Pid) + " " + w.Named["it"].Started + "\n": true,
		strconv.Itoa(cmd.Process.Pid) + " 1\n":                             false,
		strconv.Itoa(cmd.Process.Pid) + "\n":                               false,
	} {
		if err := os.WriteFile(note, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Find("noted:" + note); (err == nil) != found {
			t.Errorf("noted as %q: got %v", text, err)
		}
	}
	cmd.Process.Kill()
	cmd.Wait()
	if _, err := w.Find("it"); err == nil {
		t.Error("it was found when it had ended")
	}
}

// Two that are alike are as bad as none: the check would speak of one by accident.
func TestOneProcessHasAName(t *testing.T) {
	for range 2 {
		cmd := exec.Command("sleep", "60.7474")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Wait()
		defer cmd.Process.Kill()
	}
	w := World{Named: map[string]Process{}}
	if o, err := settled(process)(w, []string{`^sleep 60\.7474$`, "as=it"}); err != nil || o.Holds || len(w.Named) > 0 {
		t.Errorf("got %+v, %v, %v", o, err, w.Named)
	}
}

func TestTheStartIsFoundBehindAnyName(t *testing.T) {
	rest := " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20"
	for _, name := range []string{"sh", "a b", ") S 1 (", "(("} {
		if got := started("12 (" + name + ")" + rest); got != "4711" {
			t.Errorf("%q: got %q", name, got)
		}
	}
}

func TestWhoIsBornBeforeTheProgramOfItsParentIsNotItsChild(t *testing.T) {
	self, err := readProcess("self")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	child, err := readProcess(strconv.Itoa(cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if !bornAfter(child, os.Getpid()) {
		t.Error("a child of this program is taken for one from before")
	}
	if bornAfter(self, os.Getpid()) {
		t.Error("the process is taken for younger than the threads that its program has started")
	}
}
