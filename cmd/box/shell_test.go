package main

import (
	"os"
	"strings"
	"testing"
)

func TestShell(t *testing.T) {
	tests := []struct {
		name, script string
		out, err     string
		status       int
	}{
		{"status of exit", "exit 7", "", "", 7},
		{"command not found", "foo; echo $?", "127\n", "sh: foo: not found\n", 0},
		{"an editor is not there", "vi /x; echo $?", "127\n", "sh: vi: not found: there is no editor. `cat >FILE` writes what you type until Ctrl-D, `sed -i s/OLD/NEW/ FILE` changes a word\n", 0},
		{"not executable", "echo x > f; ./f; echo $?", "126\n", "sh: ./f: Permission denied\n", 0},
		{"script without its shell's name", "echo 'echo $0 $1' > f; chmod +x f; ./f a", "./f a\n", "", 0},
		{"parameters", `set -- a b; echo "$# $2"; shift; echo $1`, "2 b\nb\n", "", 0},
		{"$$ followed by text", `test "$$" = "${$}" && x="$$y" && test "${x%y}" = "$$" && echo ok`, "ok\n", "", 0},
		{"the process number is real", "readlink /proc/self/exe > /dev/null; test -d /proc/$$ && echo ok", "ok\n", "", 0},
		{"$! is a process", "sleep 60 & test -d /proc/$! && kill $!; wait $!; echo $?", "ok", "", 0},
		{"background of a loop is a process", "x=1; { while :; do :; done; } & test -d /proc/$! && kill $!; wait $!; echo $?", "143\n", "", 0},
		{"background gets functions and variables", "x='a b'; f() { echo \"$x $1 $$\"; }; f c & wait; echo \"$x c $$\"", "same", "", 0},
		{"background does not take the shell's input", "cat & wait; read x\nline\necho $x", "line\n", "", 0},
		{"wait gives the status", "sh -c 'exit 3' & wait $!; echo $?; wait 1; echo $?", "3\n127\n", "", 0},
		{"trap runs before the next command", "trap 'echo got' TERM; kill $$; echo after", "got\nafter\n", "", 0},
		{"trap keeps $?", "trap : TERM; false; kill -0 $$; kill $$; echo $?", "0\n", "", 0},
		{"trap breaks wait", "trap : USR1; sh -c \"while kill -USR1 $$; do sleep 0.01; done\" & wait $!; echo $?; kill $!", "138\n", "", 0},
		{"ignored signal", "trap '' TERM; kill $$; echo alive", "alive\n", "", 0},
		{"trap reset", "trap : TERM; trap - TERM; kill $$; echo alive", "", "", -1},
		{"exit trap", "trap 'echo bye' EXIT; echo hi; exit 3", "hi\nbye\n", "", 3},
		{"exit trap at the end", "trap 'echo bye' EXIT; echo hi", "hi\nbye\n", "", 0},
		{"trap list", "trap 'echo x' INT; trap", "trap -- 'echo x' INT\n", "", 0},
		{"death is told", "sh -c 'kill -9 $$'; echo $?", "137\n", "Killed\n", 0},
		{"exec replaces", "exec echo $$; echo never", "same pid", "", 0},
		{"exec in a subshell does not", "(exec echo sub); echo main", "sub\nmain\n", "", 0},
		{"exec of what is missing", "exec nope; echo never", "", "sh: nope: not found\n", 127},
		{"exec keeps redirections", "exec > f; echo x; exec cat f >&2", "", "x\n", 0},
		{"exit on the right of a pipe", "echo x | exit 3; echo $?", "3\n", "", 0},
		{"endless left side ends", "while :; do echo y; done | head -n 1; echo $?", "y\n0\n", "", 0},
		{"eval of a background job", "eval 'sleep 60 &'; kill $! && wait $!; echo $?", "143\n", "", 0},
		{"sourced file", "echo 'x=$$; return 4' > f; . ./f; echo $?; test $x = $$ && echo ok", "4\nok\n", "", 0},
		{"cd moves the process", "mkdir a; cd a; test $(readlink /proc/$$/cwd) = $PWD && echo ok", "ok\n", "", 0},
		{"cd in a subshell does not", "p=$PWD; (cd /; pwd); test $(readlink /proc/$$/cwd) = $p && echo ok", "/\nok\n", "", 0},
		{"a directory that is gone", "mkdir a; cd a; rmdir ../a; ls; cd ..; ls -d .", ".\n", "", 0},
		{"write error of echo", "echo x > /dev/full; echo $?", "1\n", "sh: echo: write error: No space left on device\n", 0},
		{"missing file", "cat < nope; echo $?", "1\n", "sh: can't open nope: No such file or directory\n", 0},
		{"a directory as an output", "mkdir d; readlink /proc/self/fd/2 2< d | sed 's,.*/,,'", "d\n", "", 0},
		{"reading does not change the file", "echo x > f; true 2< f; cat f; true 2< nope; echo $?", "x\n1\n", "sh: can't open nope: No such file or directory\n", 0},
		{"umask", "umask 077; echo > f; stat -c %a f; umask", "600\n0077\n", "", 0},
		{"set -e", "set -e; false; echo never", "", "", 1},
		{"syntax error", "if; then", "", "", 2},
		{"wait without children", "wait; echo $?", "0\n", "", 0},
		{"inline variable", "A=1 env | grep ^A=", "A=1\n", "", 0},
		{"job numbers", "sleep 60 & kill %1; wait %1; echo $?", "143\n", "", 0},
		{"signal 0", "kill -0 $$ && echo ok", "ok\n", "", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := run(t, test.script+"\n", "sh")
			switch test.out {
			case "ok":
				test.out = "143\n"
			case "same":
				lines := strings.Split(r.out, "\n")
				if len(lines) != 3 || lines[0] != lines[1] {
					t.Fatalf("got %q, want the same line twice", r.out)
				}
				test.out = r.out
			case "same pid":
				if strings.TrimSpace(r.out) == "" || strings.Contains(r.out, "never") {
					t.Fatalf("got %q", r.out)
				}
				test.out = r.out
			}
			if r.out != test.out {
				t.Errorf("printed %q, want %q (errors: %q)", r.out, test.out, r.err)
			}
			if test.status != 2 && r.err != test.err {
				t.Errorf("complained %q, want %q", r.err, test.err)
			}
			if r.status != test.status {
				t.Errorf("ended with %d, want %d", r.status, test.status)
			}
		})
	}
}

func TestShellDoesNotReadAhead(t *testing.T) {
	for stdin, want := range map[string]string{
		"cat\nhello\n":                                  "hello\n",
		"read x\nhello\necho got $x\n":                  "got hello\n",
		"sh\necho inner\nexit\necho outer":              "inner\nouter\n",
		"sh -c 'read x; echo $x'\na\nb\ncat\nc\n":       "a\nc\n",
		"unshare --help > /dev/null\nhead -n 1\na\n":    "a\n",
		"if true\nthen cat\nfi\nhello\n":                "hello\n",
		"cat <<end\nx\nend\ncat\nhello\n":               "x\nhello\n",
		"echo a \\\nb\n# comment \\\necho c\necho done": "a b\nc\ndone\n",
	} {
		// A `b` that is left is a command that is not found, which is right.
		if r := run(t, stdin, "sh"); r.out != want {
			t.Errorf("%q printed %q, want %q (errors: %q)", stdin, r.out, want, r.err)
		}
	}
}

func TestSingleCommandTakesTheShellsPlace(t *testing.T) {
	r := run(t, "", "sh", "-c", "sh -c 'echo $PPID'")
	if r.out != itoa(os.Getpid())+"\n" {
		t.Errorf("the parent of the command is %q, want this test, %d", r.out, os.Getpid())
	}
}
