package main

import (
	"slices"
	"strings"
	"testing"
)

func TestAnAnswerMayBeginWithADash(t *testing.T) {
	for _, test := range []struct {
		line  []string
		lab   string
		list  bool
		words []string
	}{
		{[]string{"--privileged on gate"}, "", false, []string{"--privileged on gate"}},
		{[]string{"--privileged", "on", "gate"}, "", false, []string{"--privileged", "on", "gate"}},
		{[]string{"--list"}, "", true, nil},
		{[]string{"--lab", "left-open", "--pid=host"}, "left-open", false, []string{"--pid=host"}},
		{[]string{"--lab=left-open", "--", "--list"}, "left-open", false, []string{"--list"}},
	} {
		lab, list, words := answerFlags(test.line)
		if lab != test.lab || list != test.list || !slices.Equal(words, test.words) {
			t.Errorf("%q: got lab %q, list %v, words %q", test.line, lab, list, words)
		}
	}
	l := newLearner(t)
	l.wants("start hardening/left-open --seed 3", "seed 3")
	if out, errs, code := l.types("answer --privileged on gate"); strings.Contains(errs, "unknown flag") || out == "" {
		t.Errorf("got code %d, %q, errors %q", code, out, errs)
	}
	l.wants("answer --help", "--lab LAB")
	if _, errs, code := l.types("answer --list"); code != 1 || !strings.Contains(errs, "comes after 3 answers") {
		t.Errorf("--list: got code %d, errors %q", code, errs)
	}
}
