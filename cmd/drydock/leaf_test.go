package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// leafed is what a terminal of five rows shows of a text, while typed is what its
// reader has typed ahead.
func leafed(t *testing.T, text, typed string) string {
	t.Helper()
	screen, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	if err := pty.Setsize(slave, &pty.Winsize{Rows: 5, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	if _, err := term.MakeRaw(int(slave.Fd())); err != nil { // without an echo
		t.Fatal(err)
	}
	if _, err := io.WriteString(screen, typed); err != nil {
		t.Fatal(err)
	}
	shown := make(chan string)
	go func() {
		all, _ := io.ReadAll(screen) // ends when nobody holds the other end
		shown <- string(all)
	}()
	leafing := &tutor{in: slave, out: slave, lookup: os.LookupEnv}
	if err := leafing.leaf(t.Context(), text); err != nil {
		t.Error(err)
	}
	slave.Close()
	return <-shown
}

func TestATextIsShownAScreenfulAtATime(t *testing.T) {
	const ask = "-- Enter shows the rest, q leaves it: "
	text := ""
	for n := range 10 {
		text += fmt.Sprintf("line %d\n", n)
	}
	all := leafed(t, text, "\n\n")
	if strings.Count(all, ask) != 2 || !strings.Contains(all, "line 3\n"+ask+"line 4\n") || !strings.HasSuffix(all, "line 9\n") {
		t.Errorf("to its end: got\n%s", all)
	}
	if left := leafed(t, text, "\nq\n"); !strings.Contains(left, "line 7\n") || strings.Contains(left, "line 8\n") {
		t.Errorf("left after the second: got\n%s", left)
	}
	if short := leafed(t, "one\ntwo\nthree\nfour\n", ""); short != "one\ntwo\nthree\nfour\n" {
		t.Errorf("what fits: got\n%s", short)
	}
}
