package testscripts

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"drydock/testscripts/wait"
)

// mark is how long the tests' own processes sleep: a time that no other process
// of this machine sleeps for.
var mark = fmt.Sprintf("%d", 10_000_000+os.Getpid())

// apart starts a process in namespaces of its own and returns its id.
func apart(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("sleep", mark)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS |
			syscall.CLONE_NEWIPC | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET,
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("no user namespaces here: %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd.Process.Pid
}

// near starts a process like this one and returns its id. Its parent is this
// test; that of the test may be another user's.
func near(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("sleep", "2"+mark)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd.Process.Pid
}

// zombie starts a process that has ended and is not waited for.
func zombie(t *testing.T) {
	t.Helper()
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Wait() })
}

func TestCommandsPassAndFail(t *testing.T) {
	pid := apart(t)
	sibling := near(t)
	zombie(t)
	dir := t.TempDir()
	replace := strings.NewReplacer("APART", fmt.Sprint(pid), "NEAR", fmt.Sprint(sibling), "DIR", dir,
		"^sleep 600", "^sleep."+mark, "sleep 600", "sleep "+mark, "^sleep", "^sleep."+mark, "sleep 601", "sleep 1"+mark)
	tests := []struct {
		name, pass, fail string
		found, expected  string // parts of what the failing one says
	}{
		{"exec", "exec true", "exec sh -c 'echo oh >&2; exit 3'", "oh", "status 0"},
		{"exec of what must fail", "! exec false", "! exec true", "unexpected command success", "another status"},
		{"stdout", "exec echo hello\nstdout hello", "exec echo bye\nstdout hello", "bye", "matches hello"},
		{"status", "status 7 sh -c 'exit 7'", "status 7 sh -c 'exit 8'", "exit status 8", "exit status 7"},
		{"status of a signal", "status 137 sh -c 'kill -9 $$'", "status 0 sh -c 'kill -9 $$'", "137", "exit status 0"},
		{"status without a program", "status 0 true", "status 0 /no/such/program", "no such file", "exit status 0"},
		{"same namespace", "ns NEAR uts same parent:NEAR", "ns APART uts same self", "uts:[", "the same as"},
		{"another namespace", "ns APART pid differs self", "ns parent:NEAR pid differs self", "pid:[", "another than"},
		{"namespace of nobody", "ns self uts same self", "ns cmd:^no-such-thing uts same self", "no process", "same as"},
		{"process", "process ^sleep", "process ^no-such-thing", "none", "such a process"},
		{"no process", "! process ^no-such-thing", "! process ^sleep", "sleep 600", "no such process"},
		{"process of a parent", "process ^sleep ppid=self", "process ^sleep ppid=1", "sleep 600", "ppid=1"},
		{"process in a state", "waitfor process . state=Z ppid=self", "process '^sleep 600' state=Z", "(state ", "state=Z"},
		{"process with a default", "process '^sleep 600' default=TERM", "process '^sleep 600' default=TERM count=0", "sleep 600", "default=TERM"},
		{"nspid", "nspid APART 1", "nspid self 1", "", "1 as its id"},
		{"nspid depth", "nspid APART 1 depth=2", "nspid APART 1 depth=3", " 1", "depth=3"},
		{"hostname", "hostname .+", "hostname no-such-name", "", "no-such-name"},
		{"mounts", "mounts /proc type=proc", "mounts /proc type=tmpfs", "type proc", "type=tmpfs"},
		{"no mount", "! mounts /no/such/place", "! mounts /proc", "/proc is mounted", "/proc not mounted"},
		{"propagation", "mounts / in=APART", "mounts / in=APART propagation=unbindable", "propagation", "propagation=unbindable"},
		{"file", "file /dev/null type=char device=1:3", "file /dev/null type=dir", "char", "type=dir"},
		{"no file", "! file /dev/no-such", "! file /dev/null", "char", "nothing there"},
		{"no file in no world", "! file /dev/no-such", "! file /no/such/dir/x", "proves nothing", "nothing there"},
		{"file text", "file DIR type=dir", "file /proc/self/status text=^nonsense", "Name:", "text=^nonsense"},
		{"inode", "inode / same / than=parent:NEAR", "inode / differs /", "on device", "another than"},
		{"shm", "! shm 0x7e57", "shm 0x7e57", "", "key 32343"},
		{"link", "link lo state=up addr=127.0.0.1", "link no-such0", "lo", "no-such0"},
		{"cgroup", "cgroup self ^0::|.", "cgroup self no-such-group", "/", "no-such-group"},
		{"signal", "exec sleep 1" + mark + " &\nwaitfor process 'leep.1" + mark + "'\nsignal KILL 'cmd:leep.1" + mark + "'", "signal KILL cmd:^no-such-thing", "no process", "SIGKILL"},
		{"waitfor", "waitfor process ^sleep", "waitfor within=30ms process ^no-such-thing", "even after 30ms", "such a process"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if r := run(t, "# It is so\n"+replace.Replace(test.pass)+"\n"); !r.Passed() {
				t.Errorf("%s failed:\n%s", test.pass, r.Log)
			}
			r := run(t, "# It is not so\nmeans 'the lesson'\n"+replace.Replace(test.fail)+"\n")
			if r.Passed() || r.Broken != "" {
				t.Fatalf("%s passed or is broken (%q):\n%s", test.fail, r.Broken, r.Log)
			}
			c := r.Checks[0]
			if !strings.Contains(c.Found, replace.Replace(test.found)) || !strings.Contains(c.Expected, test.expected) {
				t.Errorf("found %q, expected %q; want %q and %q in them", c.Found, c.Expected, test.found, test.expected)
			}
			if c.Looked == "" || c.Meaning != "the lesson" || c.Title != "It is not so" {
				t.Errorf("incomplete check: %+v", c)
			}
		})
	}
}

// The learner types it, to see for themselves.
func TestAProgramIsNamedAsItIsTyped(t *testing.T) {
	const typed = `sh -c 'echo it'\''s $1 >&2; exit 8' x ''`
	r := run(t, "# One\nstatus 7 sh -c 'echo it''s $1 >&2; exit 8' x ''\n")
	if len(r.Checks) != 1 || r.Checks[0].Looked != typed {
		t.Errorf("got %+v, want it to have looked at %s", r.Checks, typed)
	}
}

func TestBlocksAfterAFailureAreNotReached(t *testing.T) {
	r := run(t, "# One\n# a note\nexec true\n\n# It's two\nexec false\n\n# Three\nexec true\n")
	var got []string
	for _, c := range r.Checks {
		got = append(got, fmt.Sprint(c.Title, " ok=", c.OK, " reached=", c.Reached))
	}
	want := "One ok=true reached=true; It's two ok=false reached=true; Three ok=false reached=false"
	if strings.Join(got, "; ") != want {
		t.Errorf("got %s\nwant %s", strings.Join(got, "; "), want)
	}
	if !strings.Contains(r.Log, "script.txtar:6:") {
		t.Errorf("the log does not name the line of the script:\n%s", r.Log)
	}
}

func TestASkippedScriptGivesItsReason(t *testing.T) {
	r := run(t, "# One\nskip 'no overlayfs here'\nexec false\n")
	if r.Passed() || r.Skipped != "no overlayfs here" {
		t.Errorf("passed %v, skipped %q", r.Passed(), r.Skipped)
	}
}

func TestAFaultyScriptIsBrokenNotFailed(t *testing.T) {
	for _, line := range []string{"ns self", "exeec true", "process [", "waitfor true", "[nonsense] exec true", "means"} {
		if r := run(t, "# One\n"+line+"\n"); r.Broken == "" || r.Passed() {
			t.Errorf("%q: broken %q, passed %v", line, r.Broken, r.Passed())
		}
	}
}

func TestAHangingProgramFailsItsBlock(t *testing.T) {
	s := Script{Name: "script", Text: "# It ends\nexec sleep 600\n"}
	r, err := Run(t.Context(), s, Options{Timeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if r.Passed() || !strings.Contains(r.Checks[0].Found, "had not ended after 300ms") {
		t.Errorf("got %+v", r.Checks)
	}
}

func TestWhatIsLeftInTheBackgroundIsEnded(t *testing.T) {
	for _, end := range []string{"exec true", "exec false"} {
		// Deaf to what testscript itself would send.
		run(t, "# One\nexec sh -c 'trap \"\" INT QUIT; echo > ready; while :; do sleep 600; done' &\nwaitfor file $WORK/ready\n"+end+"\n")
	}
}

func TestUpdateRewritesFilesAndKeepsTheScript(t *testing.T) {
	const old = "# It says hello\nexec echo hello\ncmp stdout want\n-- want --\nbye\n"
	s := Script{Name: "script", Text: old}
	r, err := Run(t.Context(), s, Options{Update: true})
	if err != nil || r.Updated != strings.Replace(old, "bye", "hello", 1) {
		t.Errorf("updated to %q, error %v", r.Updated, err)
	}
	s.Text = r.Updated
	if r, err = Run(t.Context(), s, Options{Update: true}); err != nil || r.Updated != "" || !r.Passed() {
		t.Errorf("again: updated to %q, error %v, passed %v", r.Updated, err, r.Passed())
	}
}

func run(t *testing.T, text string) Report {
	t.Helper()
	r, err := Run(t.Context(), Script{Name: "script", Text: text}, Options{Timeout: wait.Deadline})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A look into another namespace must not move the process that looks.
func TestLooksLeaveTheirOwnNamespacesAlone(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("joining a namespace takes root, or a sandbox")
	}
	pid := apart(t)
	text := "# One\n" + strings.Repeat(fmt.Sprintf("hostname .* in=%d\nns self uts differs %[1]d\n", pid), 20)
	if r := run(t, text); !r.Passed() {
		t.Error(r.Log)
	}
}
