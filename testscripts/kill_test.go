package testscripts

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// kills is how often each verb is killed. DRYDOCK_KILLS sets another number, for
// who has the time.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("DRYDOCK_KILLS")); err == nil {
		return n
	}
	return 3
}

// Whoever is killed cannot clean up: nothing may lie about that needs it.
func TestWhatIsKilledLeavesNoFile(t *testing.T) {
	drydock, cache := programs(t)
	home, tmp := t.TempDir(), t.TempDir()
	run := func(verb ...string) *exec.Cmd {
		cmd := exec.Command(drydock, verb...)
		cmd.Env = append(os.Environ(), "TMPDIR="+tmp, "XDG_CACHE_HOME="+cache, "HOME="+home,
			"XDG_RUNTIME_DIR=", "DRYDOCK_STATE="+filepath.Join(home, "state"), "DRYDOCK_HOME="+filepath.Join(home, "tree"))
		return cmd
	}
	if text, err := run("sandbox", "--", "true").CombinedOutput(); err != nil {
		t.Fatalf("sandbox: %v\n%s", err, text)
	}
	for range kills() {
		for _, verb := range []string{"start processes", "check processes/parent", "sandbox -- mini-docker run --rm mini/box true"} {
			cmd := run(strings.Fields(verb)...)
			terminal, err := pty.Start(cmd)
			if err != nil {
				t.Fatal(err)
			}
			// Any moment will do, and each run has another.
			moment := time.After(rand.N(400 * time.Millisecond))
			go func() {
				for buffer := make([]byte, 4096); ; {
					if _, err := terminal.Read(buffer); err != nil {
						return
					}
				}
			}()
			<-moment
			cmd.Process.Kill()
			cmd.Wait()
			terminal.Close()
		}
	}
	// The next one of us removes what needs a lock to be told from what is in use.
	if text, err := run("sandbox", "--", "true").CombinedOutput(); err != nil {
		t.Fatalf("sandbox: %v\n%s", err, text)
	}
	for _, dir := range []string{tmp, cache, home} {
		filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			name := filepath.Base(path)
			if dir == tmp && path != tmp || strings.HasPrefix(name, ".partial-") || strings.HasSuffix(name, ".part") || strings.HasPrefix(name, "sandbox-") {
				t.Errorf("left: %s", path)
			}
			return nil
		})
	}
}
