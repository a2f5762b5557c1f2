package crash

import (
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// between is how many kills there are between two looks at everything.
const between = 100

// Whatever is killed while it adds or removes images, the store holds whole images
// alone, and once the same has been done in peace it is what it had been without.
func TestAStoreOfImagesSurvivesKills(t *testing.T) {
	dir := t.TempDir()
	work := newWork(t, dir)
	killed, calm := Store{program(t), filepath.Join(dir, "killed")}, Store{program(t), filepath.Join(dir, "calm")}
	took := durations(t, work, calm)
	want := work.settled(t, calm)
	random := moments(t)
	verbs := work.all()
	for point := range *points {
		i := random.IntN(len(verbs))
		kill(t, killed, verbs[i], time.Duration(random.Int64N(int64(took[i]))))
		if text, err := killed.Command("system", "check").CombinedOutput(); err != nil {
			t.Fatalf("point %d, %s: system check: %v\n%s", point, strings.Join(verbs[i], " "), err, text)
		}
		if (point+1)%between > 0 && point+1 < *points {
			continue
		}
		if got := work.settled(t, killed); !slices.Equal(got, want) {
			t.Fatalf("after %d kills the store holds\n%s\nand without them\n%s", point+1, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		t.Logf("%d kills", point+1)
	}
}

// durations says what each verb takes when nobody kills it.
func durations(t *testing.T, w work, s Store) []time.Duration {
	var took []time.Duration
	for _, verb := range w.all() {
		begun := time.Now()
		s.Run(t, verb...)
		took = append(took, time.Since(begun))
	}
	return took
}

// kill starts a command and kills it, with all that it has started in its group,
// when some time is over.
func kill(t *testing.T, s Store, verb []string, after time.Duration) {
	t.Helper()
	cmd := s.Command(verb...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after) // any moment will do
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	cmd.Wait()
}
