package rawterm

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	MaybeGuard()
	if os.Getenv("RAWTERM_TEST_VICTIM") != "" {
		victim()
	}
	os.Exit(m.Run())
}

// victim makes its terminal raw and waits to be killed.
func victim() {
	if _, err := Make(os.Stdin); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("raw")
	time.Sleep(time.Minute)
}

// terminal is a new one.
func terminal(t *testing.T) *os.File {
	t.Helper()
	outer, inner, err := pty.Open()
	if err != nil {
		t.Skip("no terminals here:", err)
	}
	t.Cleanup(func() { outer.Close(); inner.Close() })
	return inner
}

func settings(t *testing.T, file *os.File) unix.Termios {
	t.Helper()
	termios, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *termios
}

// eventually waits for a fact.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come about that %s", what)
		}
	}
}

func TestATerminalIsRawUntilItIsRestored(t *testing.T) {
	inner := terminal(t)
	before := settings(t, inner)
	raw, err := Make(inner)
	if err != nil {
		t.Fatal(err)
	}
	made := settings(t, inner)
	if made.Lflag&(unix.ECHO|unix.ICANON|unix.ISIG) != 0 {
		t.Error("the terminal is not raw")
	}
	if err := set(inner, &before); err != nil {
		t.Fatal(err)
	}
	if err := raw.Again(); err != nil || settings(t, inner) != made {
		t.Errorf("after a stop: %v, want it to be raw again", err)
	}
	if err := raw.Restore(); err != nil || settings(t, inner) != before {
		t.Errorf("in the end: %v, want the terminal as it was", err)
	}
}

func TestTheGuardPutsTheTerminalBackAfterSIGKILL(t *testing.T) {
	inner := terminal(t)
	before := settings(t, inner)
	program := exec.Command("/proc/self/exe")
	program.Env = append(os.Environ(), "RAWTERM_TEST_VICTIM=1")
	program.Stdin = inner
	stdout, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	var said string
	if _, err := fmt.Fscanln(stdout, &said); err != nil || said != "raw" {
		t.Fatalf("got %q, %v", said, err)
	}
	if settings(t, inner) == before {
		t.Fatal("the terminal is not raw: there is nothing to put back")
	}
	program.Process.Kill()
	program.Wait()
	eventually(t, "the terminal is as it was", func() bool { return settings(t, inner) == before })
}

func TestTheGuardLeavesATerminalAloneThatAShellHasSet(t *testing.T) {
	inner := terminal(t)
	g := guard{Cooked: settings(t, inner)}
	g.Raw = g.Cooked
	g.Raw.Lflag &^= unix.ICANON // what we set; since then somebody has set:
	theirs := g.Cooked
	theirs.Lflag &^= unix.ECHO
	if err := set(inner, &theirs); err != nil {
		t.Fatal(err)
	}
	message := fmt.Sprintf(`{"Cooked":%s,"Raw":%s}`, asJSON(t, g.Cooked), asJSON(t, g.Raw))
	if err := watch(strings.NewReader(message), inner); err != nil {
		t.Fatal(err)
	}
	if settings(t, inner) != theirs {
		t.Error("the guard overrode somebody else's settings")
	}
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
