package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/shim/wire"

	"golang.org/x/sys/unix"
)

// entry is a line of a log.
type entry struct{ Log, Stream, Time string }

// openLog opens a log in a folder of the test's.
func openLog(t *testing.T, limit wire.Log) (l *log, dir string) {
	t.Helper()
	dir = t.TempDir()
	folder, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	l = new(log)
	l.open(folder, "x", limit)
	t.Cleanup(func() { unix.Close(l.fd); unix.Close(folder) })
	return l, dir
}

func entries(t *testing.T, file string) (list []entry) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var e entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Errorf("%q is no line of a log: %v", line, err)
		}
		list = append(list, e)
	}
	return list
}

func TestLinesAreKeptWholeByStream(t *testing.T) {
	out, err := &output{name: "stdout"}, &output{name: "stderr"}
	l, dir := openLog(t, wire.Log{MaxBytes: 1 << 20, MaxFiles: 2})
	l.add(out, []byte("begins "))
	l.add(err, []byte("in between\n"))
	l.add(out, []byte("ends\nnext\n\nunfinished"))
	l.add(out, []byte(strings.Repeat("x", longest)))
	l.end(out)
	var got []string
	for _, each := range entries(t, filepath.Join(dir, "x-json.log")) {
		got = append(got, each.Stream+":"+each.Log)
	}
	want := []string{"stderr:in between\n", "stdout:begins ends\n", "stdout:next\n", "stdout:\n",
		"stdout:unfinished" + strings.Repeat("x", longest-len("unfinished")), "stdout:" + strings.Repeat("x", len("unfinished"))}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got %.200q, want %.200q", got, want)
	}
}

func TestTheLogIsBounded(t *testing.T) {
	o := &output{name: "stdout"}
	l, dir := openLog(t, wire.Log{MaxBytes: 1000, MaxFiles: 3})
	for range 200 {
		l.add(o, []byte("a line of some length\n"))
	}
	found, err := os.ReadDir(dir)
	if err != nil || len(found) != 3 {
		t.Fatalf("got %v, %v; want three files", found, err)
	}
	for _, each := range found {
		least := int64(500)
		if each.Name() == "x-json.log" {
			least = 1 // how full the last one is depends on how long the times are
		}
		if info, err := each.Info(); err != nil || info.Size() > 1000 || info.Size() < least {
			t.Errorf("%s: %v, %v", each.Name(), info.Size(), err)
		}
	}
}

func TestAFullDiskIsSaid(t *testing.T) {
	o := &output{name: "stdout"}
	l, dir := openLog(t, wire.Log{MaxBytes: 1 << 20, MaxFiles: 2})
	l.add(o, []byte("before\n"))
	// A limit of this process' own takes the place of a full disk: RLIMIT_FSIZE
	// fails with EFBIG, see setrlimit(2).
	var old unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: l.size + 20, Max: unix.RLIM_INFINITY}, &old); err != nil {
		t.Fatal(err)
	}
	l.add(o, []byte("lost\nlost too\n"))
	if err := unix.Prlimit(0, unix.RLIMIT_FSIZE, &old, nil); err != nil {
		t.Fatal(err)
	}
	l.add(o, []byte("after\n"))
	var got []string
	for _, each := range entries(t, filepath.Join(dir, "x-json.log")) {
		got = append(got, each.Stream+": "+each.Log)
	}
	want := "stdout: before\nstderr: mini-docker: 14 bytes of output were lost here: the disk was full\nstdout: after\n"
	if strings.Join(got, "") != want {
		t.Errorf("got %q, want %q", strings.Join(got, ""), want)
	}
}

func FuzzJSON(f *testing.F) {
	for _, each := range []string{"", "text", "\"\\\x00\x1b[0m\x7f", "ä€😀", "\xff\xfe", "<&>\u2028"} {
		f.Add(each)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var got string
		if err := json.Unmarshal(appendJSON(nil, []byte(text)), &got); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if want := strings.ToValidUTF8(text, "\ufffd"); strings.ToValidUTF8(got, "") != got || len([]rune(want)) > len([]rune(got)) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
