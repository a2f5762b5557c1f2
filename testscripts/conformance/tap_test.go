package conformance

import (
	"slices"
	"testing"
)

func TestResultsAreCountedByWhatTheySay(t *testing.T) {
	first := parse("x", "TAP version 13\nok 1 - a\nnot ok 2 - b\n  ---\n    \"error\": \"x\"\nok 3 - a # SKIP y\n1..3\n")
	again := parse("x", "TAP version 13\nok 1 - a\nok 2 - b\nnot ok 3 - a\nnot ok 4 - c\n1..4\n")
	if ok, notOK := first.total(); ok != 2 || notOK != 1 {
		t.Errorf("got %v", first)
	}
	worse, better := compare(first, again)
	slices.Sort(worse)
	if !slices.Equal(worse, []string{"a", "a # SKIP y", "c"}) || !slices.Equal(better, []string{"b"}) {
		t.Errorf("worse %q, better %q", worse, better)
	}
	silent := parse("hooks", "TAP version 13\n1..0\n")
	failing := parse("hooks", "TAP version 13\n  ---\n  {\n    \"error\": \"late\"\n  }\n  ...\n1..0\n")
	if worse, _ := compare(silent, failing); len(worse) != 1 {
		t.Errorf("an error without a result: worse %q, want the program", worse)
	}
	if worse, _ := compare(silent, parse("hooks", "")); len(worse) != 1 {
		t.Errorf("a program that says nothing: worse %q, want the program", worse)
	}
	// runc's container under process_rlimits' RLIMIT_AS sometimes lacks the memory
	// for its own filter, and is not created.
	absent := results{"x ends well": {notOK: 1}}
	reached := parse("x", "TAP version 13\nok 1 - a\nnot ok 2 - b\n1..2\n")
	if worse, _ := compare(absent, reached); len(worse) != 0 {
		t.Errorf("a container that they have not made: worse %q, want nothing", worse)
	}
	reached["x ends well"] = struct{ ok, notOK int }{1, 0}
	if worse, _ := compare(results{"x ends well": {ok: 1}, "a": {ok: 1}}, reached); len(worse) != 1 {
		t.Errorf("what they have not come to: worse %q, want b", worse)
	}
}
