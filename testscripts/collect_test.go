package testscripts

import (
	"strings"
	"testing"
)

func TestAPanicIsShownWithItsPlaceAndNoMore(t *testing.T) {
	const text = "[stderr]\npanic: write it\n\ngoroutine 1 gp=0x1 [running]:\npanic({0x1, 0x2})\n" +
		"\truntime/panic.go:860 +0x13a\ndrydock/mini-docker/namespace.CloneFlags(...)\n" +
		"\tdrydock/mini-docker/namespace/namespace.go:48 +0x2\nmain.main()\n\tdrydock/cmd/mini-docker/main.go:7 +0x1\n[exit status 2]"
	want := "[stderr]\npanic: write it\nat mini-docker/namespace/namespace.go:48"
	if got := withoutTrace(text); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	const calm = "[stderr]\nno panic: all is well"
	if got := withoutTrace(calm); got != calm {
		t.Errorf("got %q, want it as it was", got)
	}
}

func TestALookKeepsItsWordsWithACommandInTheBackground(t *testing.T) {
	r := run(t, "# One\nexec sleep 600 &\nhostname no-such-name\n")
	if c := r.Checks[0]; c.Expected != "no-such-name" {
		t.Errorf("got %+v\n%s", c, r.Log)
	}
}

func TestASecondLookAtTheSameOutputShowsIt(t *testing.T) {
	looked, found, expected := explain(`> exec mini-docker ps
[stdout]
one
two
> stdout one
> ! stdout four
> stdout three
FAIL: x.txtar:4: no match for ` + "`three` found in stdout\n")
	if looked != "stdout of mini-docker ps" || found != "one\ntwo" || expected != "a line that matches three" {
		t.Errorf("got %q, %q, %q; want the output that has no such line", looked, found, expected)
	}
}

func TestALookAtALineWithoutAnEndIsOne(t *testing.T) {
	for _, look := range []string{"stdout '^ok$'", "! stdout '^ok$'"} {
		looked, found, expected := explain("> exec cat config.json\n[stdout]\n{\"limit\":1}> " + look + "\nFAIL: x.txtar:4: no match for `^ok$` found in stdout\n")
		if looked != "stdout of cat config.json" || found != `{"limit":1}` || !strings.Contains(expected, "line that matches '^ok$'") {
			t.Errorf("%s: %s / %s / %s", look, looked, found, expected)
		}
	}
}

func TestATestThatFailsIsNamedAndNotItsFlags(t *testing.T) {
	for _, name := range []string{"^TestRanges$", "'^TestRanges$'"} {
		line := "exec namespace.test -test.v -test.paniconexit0 -test.run " + name
		looked, found, expected := explain("> " + line + "\n[stdout]\ntwo users, want three\n[exit status 1]\nFAIL: x.txtar:4: unexpected command failure\n")
		if looked != "the test TestRanges of your tree" || !strings.Contains(found, "two users") || expected != "that it passes" {
			t.Errorf("got %q, %q, %q", looked, found, expected)
		}
		looked, _, _ = explain("> " + line + "\n[stdout]\nok\n> stdout PASS\nFAIL: x.txtar:5: no match for `PASS` found in stdout\n")
		if looked != "what the test TestRanges of your tree prints" {
			t.Errorf("got %q", looked)
		}
	}
}
