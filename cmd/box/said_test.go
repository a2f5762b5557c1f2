package main

import (
	"os"
	"testing"
)

// What is said after a word that the shell was given is taken as it stands where it is
// no shell, and as shell where it is. After a word that is there to say something it is
// no shell at all, but for quotes.
func TestTerminalSentencesAfterAWord(t *testing.T) {
	s := open(t)
	dir := t.TempDir()
	for _, word := range []string{"say", "guess"} {
		if err := os.WriteFile(dir+"/"+word, []byte("#!/bin/sh\nprintf '%s said: %s\\n' $# \"$*\"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.typed("PATH=$PATH:" + dir + " WORDS=" + dir + "/say:" + dir + "/guess SAYING=guess PS1='ready> ' sh\r")
	s.await("ready> ")
	for said, want := range map[string]string{
		"say it's empty":               "2 said: it's empty",
		"say 2 (or three)":             "3 said: 2 (or three)",
		"say $((40+2)) it":             "2 said: 42 it",
		"say a b; echo":                "2 said: a b",
		"say code rootfs.(*T).F":       "2 said: code rootfs.(*T).F",
		"guess it's a":                 "1 said: it's a",
		`guess it\'s b`:                "2 said: it's b",
		"guess a > b, or b < c":        "1 said: a > b, or b < c",
		"guess a | b; c & d && e":      "1 said: a | b; c & d && e",
		"guess 7 of them &":            "1 said: 7 of them &",
		"guess $(id) `id` $$ ${x}":     "1 said: $(id) `id` $$ ${x}",
		"guess #1, ~ and /d* or ?":     "1 said: #1, ~ and /d* or ?",
		"guess {a,b} [c] x=$y":         "1 said: {a,b} [c] x=$y",
		"guess \"a > b\" 'c;' d=1!":    "3 said: a > b c; d=1!",
		"guess --list | cat >/dev/tty": "1 said: --list",
	} {
		s.typed(said + "\r")
		s.await(want + "\r\n")
		s.await("ready> ")
	}
	s.typed("echo 'two\r")
	s.await("> ")
	s.typed("say it'\r")
	s.await("two\r\nsay it\r\n")
}
