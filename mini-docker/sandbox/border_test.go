package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// A sandbox is a border: what runs inside, as root, tries all that is known to
// have led out of one (escapes_test.go), against a marker outside. The process
// outside, keeper, is careless: its shell has left / open (`exec 9</`), its
// session has a key, and it is at a terminal.
func TestTheBorderHolds(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		dir, err := os.MkdirTemp("", "border")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		marker := filepath.Join(dir, "marker")
		if err := os.WriteFile(marker, []byte("untouched"), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(marker, 0o666); err != nil { // the umask took bits away
			t.Fatal(err)
		}
		before := hostState(t)
		said := keep(t, makeBase(t), marker, map[bool]string{true: "user", false: "root"}[s.DropToUser])
		for _, way := range slices.Sorted(maps.Keys(escapes())) {
			if way == "lent" && !strings.Contains(said["sandbox lent"], "held") {
				t.Log("nothing could be lent:", said["sandbox lent"])
			}
			for _, place := range []string{"sandbox", "nested"} {
				if got := said[place+" "+way]; got == "" || strings.Contains(got, "OUT") {
					t.Errorf("in a %s, by %s: got %q", place, way, got)
				}
			}
		}
		for what, want := range map[string]string{
			"typed": "", "stranger": "true / [still there 120]", "input": "untouched", "log": "before\nheld\n", "directory": "refused",
		} {
			if got, ok := said[what]; !ok || got != want {
				t.Errorf("%s: got %q, want %q", what, got, want)
			}
		}
		if text, _ := os.ReadFile(marker + "-errors"); len(text) > 0 {
			t.Errorf("errors: %s", text)
		}
		if text, err := os.ReadFile(marker); string(text) != "untouched" {
			t.Errorf("the marker: got %q, %v", text, err)
		}
		compareHost(t, before)
	})
}

// keep runs a keeper on a terminal, and returns what it said, by subject.
func keep(t *testing.T, args ...string) map[string]string {
	t.Helper()
	root, err := os.Open("/")
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	started := make(chan error, 1)
	command := exec.Command("/proc/self/exe")
	command.Args = append([]string{"keeper"}, args...)
	command.ExtraFiles = []*os.File{write, root} // not closed when it executes something
	var terminal *os.File
	go func() {
		runtime.LockOSThread() // and never let go: the thread has another keyring
		key, err := addKey()
		if err == nil {
			command.Args = append(command.Args, strconv.Itoa(key))
			terminal, err = pty.Start(command)
		}
		started <- err
		if err == nil {
			command.Wait()
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	write.Close()
	go func() { // nobody looks at the screen, but it must not be full
		buffer := make([]byte, 4096)
		for {
			if n, err := terminal.Read(buffer); err != nil {
				return
			} else {
				t.Logf("screen: %q", buffer[:n])
			}
		}
	}()
	said := map[string]string{}
	for lines := bufio.NewScanner(read); lines.Scan(); {
		subject, text, _ := strings.Cut(lines.Text(), ": ")
		if said[subject], err = strconv.Unquote(text); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
	}
	return said
}

// addKey makes a new session keyring for the calling thread, and a key in it.
func addKey() (int, error) {
	if _, err := unix.KeyctlInt(unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0); err != nil {
		return 0, nil // no keys, none to be read
	}
	return unix.AddKey("user", "drydock-border", []byte("secret"), unix.KEY_SPEC_SESSION_KEYRING)
}

// keeper starts a sandbox and has everything tried in it. It runs outside. Its
// arguments are a base, a marker, the kind of user and a key.
func keeper(args []string) int {
	base, marker, user, key := args[0], args[1], args[2], args[3]
	// Beyond the numbers that files for init get.
	if err := unix.Dup3(4, 99, 0); err != nil {
		return report(err)
	}
	say := func(subject, text string) { fmt.Fprintf(os.NewFile(3, "said"), "%s: %q\n", subject, text) }
	// What it prints on goes to a log, which init is not to have either.
	log, err := os.Create(marker + "-errors")
	if err == nil {
		err = unix.Dup3(int(log.Fd()), 2, 0)
	}
	if err != nil {
		return report(err)
	}
	program := marker + "-program"
	if err := os.WriteFile(program, []byte("original"), 0o755); err != nil {
		return report(err)
	}
	box, err := Start(context.Background(), Spec{
		Base: base, Cgroups: true, DropToUser: user == "user", Control: marker + "-run/control", Scratch: marker + "-scratch",
		Files: []File{{Source: program, Target: "/usr/local/bin/program"}},
		Lent:  []Lent{{Source: filepath.Dir(marker), Name: "some/folder"}},
		Serve: func(_ context.Context, r Request) int {
			name, _ := os.Hostname()
			fmt.Fprintln(r.Stdout, name != "drydock", r.Dir, r.Args)
			return 0
		},
	})
	if err != nil {
		return report(err)
	}
	defer box.Close()
	handed := strconv.FormatBool(os.Geteuid() == 0)
	for way := range escapes() {
		say("sandbox "+way, runInside(box, "try", way, marker, key, handed))
		say("nested "+way, runInside(box, "again", "user", "/bin/try", way, marker, key, handed))
	}
	if text, _ := os.ReadFile(program); string(text) != "original" {
		say("sandbox remounting", "OUT: the program was replaced")
	}
	keepStreams(box, marker, say)
	say("typed", typedBy(box, marker))

	// With few descriptors, as a careful shell has it.
	var before unix.Rlimit
	unix.Getrlimit(unix.RLIMIT_NOFILE, &before)
	unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 64, Max: before.Max})
	said := runInside(box, "stranger")
	if grown := peakMemory(); grown > 200<<10 {
		said += fmt.Sprintf(" and made the keeper %d kB", grown)
	}
	lines := strings.Split(strings.TrimSpace(said), "\n")
	say("stranger", lines[len(lines)-1])
	return 0
}

// runInside runs a command and returns what it printed.
func runInside(box *Sandbox, args ...string) string {
	read, write, err := os.Pipe()
	if err != nil {
		return err.Error()
	}
	defer read.Close()
	text := make(chan string)
	go func() {
		var all strings.Builder
		read.WriteTo(&all)
		text <- all.String()
	}()
	_, err = box.Exec(context.Background(), Command{Args: args, Stdin: os.Stdin, Stdout: write, Stderr: write})
	write.Close()
	if err != nil {
		return <-text + err.Error()
	}
	return strings.TrimSpace(<-text)
}

// keepStreams hands in a file to read, a log to append to, and a directory.
func keepStreams(box *Sandbox, marker string, say func(subject, text string)) {
	log, err := os.OpenFile(marker+"-log", os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		say("log", err.Error())
		return
	}
	defer log.Close()
	log.Chmod(0o666)
	log.WriteString("before\n")
	input, err := os.Open(marker)
	if err != nil {
		say("input", err.Error())
		return
	}
	defer input.Close()
	if _, err := box.Exec(context.Background(), Command{Args: []string{"scribble"}, Stdin: input, Stdout: log}); err != nil {
		say("log", err.Error())
		return
	}
	text, _ := os.ReadFile(marker)
	say("input", string(text))
	text, _ = os.ReadFile(log.Name())
	say("log", string(text))
	root, err := os.Open("/")
	if err != nil {
		say("directory", err.Error())
		return
	}
	defer root.Close()
	if _, err := box.Exec(context.Background(), Command{Args: []string{"hostname"}, Stdin: root}); err != nil {
		say("directory", "refused")
	}
}

// scribble writes to its input and empties its output. It runs inside.
func scribble([]string) int {
	if file, err := os.OpenFile("/proc/self/fd/0", os.O_WRONLY|os.O_TRUNC|unix.O_NONBLOCK, 0); err == nil {
		file.WriteString("scribbled")
	}
	if file, err := os.OpenFile("/proc/self/fd/1", os.O_WRONLY|os.O_TRUNC|unix.O_NONBLOCK, 0); err == nil {
		file.Close()
	}
	fmt.Println("held")
	return 0
}

// typedBy has somebody inside type into the terminal and returns what of it
// waits outside to be read by the shell.
func typedBy(box *Sandbox, marker string) string {
	box.Exec(context.Background(), Command{Args: []string{"typist", marker}, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	keys := make(chan string, 1)
	go func() {
		buffer := make([]byte, 256)
		n, _ := os.Stdin.Read(buffer)
		keys <- string(buffer[:n])
	}()
	select {
	case typed := <-keys:
		return typed
	case <-time.After(200 * time.Millisecond): // there already, or never: it was typed before the end
		return ""
	}
}

// peakMemory is the most that this process ever had, in kB.
func peakMemory() (kB int) {
	text, _ := os.ReadFile("/proc/self/status")
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	fmt.Sscan(after, &kB)
	return kB
}
