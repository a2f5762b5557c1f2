package main

import (
	"strings"
	"testing"
)

func TestTheGlossaryExplainsAWord(t *testing.T) {
	l := newLearner(t)
	l.wants("glossary", "processes: clone, descriptor, exec")
	l.wants("glossary ZOMBIES", "zombie\n")
	l.wants("glossary zombie", "processes, Ended is not gone: `drydock read processes --step 5`")
	l.wants("glossary PID namespace", "PID namespace\n")
	_, errs, code := l.types("glossary zombi")
	if code != 1 || !strings.Contains(errs, `no term "zombi": did you mean zombie?`) {
		t.Errorf("a word that is not there: got code %d and %q", code, errs)
	}
}
