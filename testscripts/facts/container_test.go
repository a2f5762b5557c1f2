package facts

import (
	"os/exec"
	"testing"
)

// An engine that is asked at each look costs more than what is looked at.
func TestTheEngineIsAskedForAContainerOnceInItsLife(t *testing.T) {
	var running *exec.Cmd
	start := func() {
		running = exec.Command("sleep", "1h")
		if err := running.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { running.Process.Kill(); running.Wait() })
	}
	asked := 0
	w := World{Containers: map[string]Process{}, ContainerPID: func(string) (int, error) {
		asked++
		return running.Process.Pid, nil
	}}
	find := func(want int) {
		t.Helper()
		p, err := w.Find("container:web")
		if err != nil || p.PID != running.Process.Pid || asked != want {
			t.Errorf("got %v, %v, asked %d times; want process %d, asked %d times", p, err, asked, running.Process.Pid, want)
		}
	}
	start()
	find(1)
	find(1)
	running.Process.Kill()
	running.Wait()
	start()
	find(2)
}
