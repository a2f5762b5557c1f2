package facts

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// A process that ends while it is looked at is looked for again.
func TestLooksAreMadeAgainWhereAProcessEnded(t *testing.T) {
	looks := 0
	o, err := settled(func(World, []string) (Observation, error) {
		if looks++; looks == 1 {
			return missing("it", "it", &NoProcessError{Reason: "it has ended", Ended: true})
		}
		return missing("it", "it", &NoProcessError{Reason: "no process it"})
	})(World{}, nil)
	if err != nil || looks != 2 || o.Found != "no process it" {
		t.Errorf("after %d looks: %q, %v", looks, o.Found, err)
	}
}

// What has ended is a finding for every look, and no fault of the script.
func TestEveryLookAtAZombieFindsThatItHasEnded(t *testing.T) {
	cmd := exec.Command("sh", "-c", "exit 0")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	pid := strconv.Itoa(cmd.Process.Pid)
	for p, err := readProcess(pid); p.State != "Z"; p, err = readProcess(pid) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, ask := range []string{
		"hostname x in=PID", "shm 7 in=PID", "link lo in=PID", "mounts / in=PID",
		"file / in=PID", "ns PID uts same self", "ns self uts same PID",
	} {
		words := strings.Fields(strings.ReplaceAll(ask, "PID", pid))
		o, err := Looks()[words[0]](World{}, words[1:])
		if err != nil || o.Holds || !strings.HasSuffix(o.Dead, "has ended") {
			t.Errorf("%s: found %q, dead %q, error %v", ask, o.Found, o.Dead, err)
		}
	}
	if p, err := (World{}).Find("cmd:^sh$"); err == nil && p.PID == cmd.Process.Pid {
		t.Errorf("a zombie was found to be looked at: %v", p)
	}
}
