package main

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestFileApplets(t *testing.T) {
	tests := []struct{ name, script, out string }{
		{"links", "echo x > a; ln a b; ln -s a c; stat -c '%h %F' a c; readlink c; ls -1 -F", "2 regular file\n1 symbolic link\na\na\nb\nc@\n"},
		{"copying a tree", "mkdir -p a/b; echo x > a/b/f; chmod 600 a/b/f; ln -s f a/b/l; cp -a a z; stat -c %a z/b/f; readlink z/b/l", "600\nf\n"},
		{"copying into itself", "mkdir a; cp -r a a/b; echo $?", "1\n"},
		{"moving", "echo x > a; mkdir d; mv a d; ls d", "a\n"},
		{"removing", "mkdir -p a/b; rm a; rm -r a; rm -f a; ls", ""},
		{"modes", "umask 022; echo > f; chmod u+x,go-r f; stat -c %a f; chmod a=rw f; stat -c %A f; chmod 4755 f; stat -c %A f", "700\n-rw-rw-rw-\n-rwsr-xr-x\n"},
		{"find", "mkdir -p a/b; echo > a/f; echo > a/b/g; find . -type f -name '[fg]'; find a -maxdepth 1 ! -type d", "./a/b/g\n./a/f\na/f\n"},
		{"tar", "mkdir -p a/b; echo x > a/b/f; ln -s f a/b/l; tar czf t.tgz a; tar tzf t.tgz; rm -r a; tar xzf t.tgz; cat a/b/l", "a/\na/b/\na/b/f\na/b/l\nx\n"},
		{"tar keeps inside", "mkdir a; cd a; echo x > f; tar cf ../t.tar ../a/f; cd ..; mkdir z; tar xf t.tar -C z 2>&1; echo $?; find z -type f", "tar: ../a/f: Mkdirat ../a: path escapes from parent\n1\n"},
		{"gzip", "echo x > a; gzip -k a; ls; gzip -c a | diff -q - a.gz; rm a; gunzip a.gz; cat a; ls; gzip < a | zcat", "a\na.gz\nx\na\nx\n"},
		{"gzip of what is none", "echo x > a; gunzip a 2>&1; mv a a.gz; gunzip a.gz 2>&1; ls; gzip a.gz 2>&1; echo $?", "gunzip: a: Unknown suffix: its name does not end in .gz\ngunzip: a.gz: Unexpected EOF\na.gz\ngzip: a.gz: Already has .gz suffix\n1\n"},
		{"xargs", "echo 'a b' c | xargs -n 1 echo -; printf 'a b\\nc\\n' | xargs -I X echo [X]", "- a\n- b\n- c\n[a b]\n[c]\n"},
		{"env", "A=1 env -i B=2 env; env -u HOME B=3 sh -c 'echo $HOME $B'", "B=2\n3\n"},
		{"timeout", "timeout 0.05 sleep 60; echo $?; timeout 600 sh -c 'exit 4'; echo $?", "124\n4\n"},
		{"which", "which nope; echo $?; basename $(which ls)", "1\nls\n"},
		{"mktemp", "f=$(mktemp ./x.XXXXXX); test -f $f && echo ok", "ok\n"},
		{"du counts a file once", "truncate -s 0 a; head -c 8192 /dev/zero > b; ln b c; du -a b c | wc -l", "1\n"},
		{"zombie", "zombie > out & while ! test -s out; do :; done; ps -o ppid,stat,args -p $(cut -d' ' -f2 out) | tail -n 1 | grep -c 'Z     .* <defunct>'; kill $!", "1\n"},
		{"orphan", "orphan sleep 60 > o; p=$(cut -d' ' -f2 o); test $(ps -o ppid= -p $p) != $$ && echo ok; kill $p", "ok\n"},
		{"fork", "fork -n 2 -t 0 | cut -d' ' -f1", "child\nchild\n"},
		{"stress", "stress --memory 2m", "1 MB\n2 MB\n"},
		{"sigwatch", "sigwatch > o & while ! test -s o; do :; done; kill -HUP $!; while ! grep -q HUP o; do :; done; kill $!; while ! grep -q TERM o; do :; done; kill $!; wait $!; tail -n +2 o", "got SIGHUP\ngot SIGTERM\ngot SIGTERM\nthat was the second: good bye\n"},
		{"diff", "printf 'a\\nb\\nc\\n' > x; printf 'a\\nB\\nc\\nd' > y; diff x y; echo $?; diff -q x x; echo $?", "--- x\n+++ y\n@@ -1,3 +1,4 @@\n a\n-b\n+B\n c\n+d\n\\ No newline at end of file\n1\n0\n"},
		{"pwd is a program, too", "mkdir d; ln -s d l; cd l; basename $(env pwd -P); PWD=/tmp env pwd -L | grep -c '/d$'", "d\n1\n"},
		{"ulimit", "ulimit -n 64; ulimit -n; ulimit -Sn 32; ulimit -n; ulimit -Hn; ulimit -x 2>&1; echo $?; sh -c 'ulimit -Sn'", "64\n32\n64\nsh: ulimit: unknown limit -x\n2\n32\n"},
		{"tput and stty", "tput bold | xxd | cut -d' ' -f2-3; tput nope 2>/dev/null; echo $?; stty size < /dev/null 2>/dev/null; echo $?", "1b5b 316d\n2\n1\n"},
		{"fds", "fds | head -n 1 | cut -d' ' -f1", "0\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if r := run(t, test.script, "sh"); r.out != test.out {
				t.Errorf("printed %q, want %q (errors: %q)", r.out, test.out, r.err)
			}
		})
	}
}

func TestGetfattrPrintsWhatAFileHas(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setxattr(file, "user.b", []byte("two"), 0); err != nil {
		t.Skipf("this file system has no attributes for users: %v", err)
	}
	if err := unix.Setxattr(file, "user.a", []byte(`"1"`), 0); err != nil {
		t.Fatal(err)
	}
	name := "# file: " + file[1:] + "\n"
	for args, want := range map[string]string{
		"getfattr " + file:               name + "user.a\nuser.b\n\n",
		"getfattr -d " + file:            name + "user.a=\"\\\"1\\\"\"\nuser.b=\"two\"\n\n",
		"getfattr -d -m ^user.b " + file: name + "user.b=\"two\"\n\n",
		"getfattr -m none " + file:       "",
	} {
		if r := run(t, args, "sh"); r.out != want {
			t.Errorf("%s printed %q, want %q (errors: %q)", args, r.out, want, r.err)
		}
	}
	if r := run(t, "getfattr "+file+".none", "sh"); r.status != 1 || !strings.Contains(r.err, "No such file") {
		t.Errorf("of no file: got %+v", r)
	}
}

func TestTarKeepsTimesUnlessToldNotTo(t *testing.T) {
	then := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, h := range []tar.Header{{Name: "d/", Typeflag: tar.TypeDir, Mode: 0o755}, {Name: "d/f", Mode: 0o644}} {
		h.ModTime, h.Uid, h.Gid = then, os.Getuid(), os.Getgid()
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for flags, kept := range map[string]bool{"-xf": true, "-xmf": false} { // `kubectl cp` has the second
		dir := t.TempDir()
		if r := run(t, archive.String(), "tar", flags, "-", "-C", dir); r.status != 0 {
			t.Fatalf("tar %s: %s", flags, r.err)
		}
		for _, name := range []string{"d", "d/f"} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if got := info.ModTime(); got.Equal(then) != kept {
				t.Errorf("tar %s: %s is of %v", flags, name, got)
			}
		}
	}
}
