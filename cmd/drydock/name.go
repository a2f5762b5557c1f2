package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// programName is what has to be typed to call this program again: drydock where
// PATH leads to it, else what it was called by, as in bin/drydock.
func programName(called string) string {
	if !strings.ContainsRune(called, filepath.Separator) {
		return "drydock"
	}
	self, err := os.Stat("/proc/self/exe")
	if err != nil {
		return called
	}
	if found, err := exec.LookPath("drydock"); err == nil {
		if other, err := os.Stat(found); err == nil && os.SameFile(self, other) {
			return "drydock"
		}
	}
	return called
}

// outside is a command line as the learner has to type it outside of the
// sandbox.
func (t *tutor) outside(words string) string {
	if t.program == "" {
		return "drydock " + words
	}
	return t.program + " " + words
}

// typed is a command line as it has to be typed here.
func (t *tutor) typed(words string) string {
	if t.session != nil {
		return "drydock " + words
	}
	return t.outside(words)
}

// aCommand finds what a text asks to type. It has to name a verb: drydock is
// the name of the whole as well.
var aCommand = regexp.MustCompile(`(^|[^\w./-])drydock (--help|VERB|start|next|back|check|hint|lessons|read|answer|quiz|exam|` +
	`progress|see|code|book|glossary|uninstall|reset|solution|shell|sandbox|doctor|grade|verify|completion|man|version|help)\b`)

// here is a text with its commands as they have to be typed here: lessons and
// errors call the program drydock.
func (t *tutor) here(text string) string {
	if t.session != nil {
		return text
	}
	return t.rename(text, aCommand)
}

// anOutsideCommand finds what is typed outside also by who reads it inside: it
// opens a sandbox, or looks on in a second terminal. To start a lab (LESSON/LAB) works
// inside, too.
var anOutsideCommand = regexp.MustCompile(`(^|[^\w./-])drydock ((?:exam|shell|sandbox|grade)\b|check [a-z0-9/-]+ --watch|start [a-z0-9-]+(?:[^\w/-]|$))`)

// inside is a text that is read inside, with those of its commands that are typed
// outside as they have to be typed there.
func (t *tutor) inside(text string) string { return t.rename(text, anOutsideCommand) }

// rename has the commands that a pattern finds call this program as it is called.
func (t *tutor) rename(text string, commands *regexp.Regexp) string {
	if t.program == "" || t.program == "drydock" {
		return text
	}
	return commands.ReplaceAllString(text, "${1}"+strings.ReplaceAll(t.program, "$", "$$")+" ${2}")
}
