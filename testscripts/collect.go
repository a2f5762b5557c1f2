package testscripts

import (
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// collector is the testing.T of a script that runs outside of go test: it
// keeps what happens instead of printing it or ending the process.
type collector struct {
	log        strings.Builder
	failed     bool
	skipped    bool
	skipReason string
}

var _ testscript.T = (*collector)(nil)

// Run calls f on a goroutine of its own, for FailNow and Skip end it, and
// waits for it. One script has one sub-test: the collector serves as both.
func (c *collector) Run(_ string, f func(testscript.T)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(c)
	}()
	<-done
}

func (c *collector) Skip(args ...any) {
	c.skipped = true
	c.skipReason = strings.TrimSpace(fmt.Sprintln(args...))
	runtime.Goexit()
}

func (c *collector) Fatal(args ...any) {
	c.Log(args...)
	c.FailNow()
}

func (c *collector) FailNow() {
	c.failed = true
	runtime.Goexit()
}

func (c *collector) Log(args ...any) { fmt.Fprintln(&c.log, args...) }
func (c *collector) Parallel()       {}
func (c *collector) Verbose() bool   { return false }

// recorder keeps the blocks that a script has come to, the last being the one
// it is in.
type recorder struct {
	script string
	blocks []Check
	broken string
}

func (r *recorder) open(title string) {
	r.blocks = append(r.blocks, Check{Title: title, Reached: true})
}

// current returns the open block; commands before the first title belong to
// one that is named for the script.
func (r *recorder) current() *Check {
	if len(r.blocks) == 0 {
		r.open(r.script)
	}
	return &r.blocks[len(r.blocks)-1]
}

// report closes the record with what the collector knows.
func (r *recorder) report(t *collector, log string) Report {
	rep := Report{Script: r.script, Log: log, Broken: r.broken}
	if t.skipped {
		rep.Skipped = t.skipReason
		if rep.Skipped == "" {
			rep.Skipped = "the script gives no reason"
		}
	}
	if m := typingError.FindString(log); t.failed && m != "" {
		rep.Broken = m
	}
	if t.failed {
		last := r.current()
		if last.Expected == "" || !failedLook(log) {
			last.Looked, last.Found, last.Expected = explain(log)
		}
		last.Found = bounded(withoutTrace(last.Found))
	}
	for i := range r.blocks {
		r.blocks[i].OK = !(t.failed && i == len(r.blocks)-1) && !t.skipped
		if r.blocks[i].OK {
			r.blocks[i].Meaning = ""
		}
	}
	rep.Checks = r.blocks
	return rep
}

// lookFailed is what our own commands fail with; the observation is then in
// the record already.
const lookFailed = "not as expected"

// failedLook says whether it was such a command that ended the script. What
// was left in the background is logged after the verdict.
func failedLook(log string) bool {
	verdict := failLine.FindStringSubmatch(log)
	return verdict != nil && verdict[1] == lookFailed
}

// typingError is how testscript says that the script itself is at fault.
var typingError = regexp.MustCompile(`(unknown command|bad condition) ".*`)

// failLine is testscript's verdict at the end of a log.
var failLine = regexp.MustCompile(`(?m)^FAIL: \S+?:\d+: (.*)$`)

// explain reads the end of a log, in which one of testscript's own commands
// failed, as an observation:
//
//	> exec mini-docker run mini/box sh -c 'exit 7'
//	[stderr]
//	…
//	[exit status 7]
//	FAIL: run.txtar:3: unexpected command failure
func explain(log string) (looked, found, expected string) {
	verdict := log
	if m := failLine.FindStringSubmatch(log); m != nil {
		verdict = m[1]
		log = log[:strings.LastIndex(log, "FAIL: ")]
	}
	if strings.Contains(verdict, " found in std") {
		log = gluedLook.ReplaceAllString(log, "$1\n$2")
	}
	before := ""
	if i := strings.LastIndex("\n"+log, "\n> "); i >= 0 {
		before = log[:i]
		looked, found, _ = strings.Cut(log[i+2:], "\n")
	}
	found = strings.TrimSpace(found)
	if found == "" || strings.Contains(verdict, "timed out") {
		found = strings.TrimSpace(verdict + "\n" + found)
	}
	command, negated := strings.CutPrefix(looked, "! ")
	if m := goTest.FindStringSubmatch(command); m != nil {
		return "the test " + m[1] + " of your tree", found, "that it passes"
	}
	switch name, rest, _ := strings.Cut(command, " "); {
	case name == "exec" && negated:
		return rest, found, "a program that ends with another status than 0"
	case name == "exec":
		return rest, found, "a program that ends with status 0"
	case name == "stdout" || name == "stderr":
		expected = "a line that matches " + rest
		if negated {
			expected = "no line that matches " + rest
		}
		return lookedOn(before, name), printed(before, name, found), expected
	}
	return looked, found, "no: " + verdict
}

// gluedLook is a look at what a program printed without an end of its last line:
// testscript logs the look on that line.
var gluedLook = regexp.MustCompile(`(.)(> (?:! )?std(?:out|err) .*\n)$`)

// goTest is how a script runs one test of a compiled package: what go test asks of
// it tells a person nothing.
var goTest = regexp.MustCompile(`^exec \S+\.test -test\..* '?\^(\w+)\$'?$`)

// lookedOn names what printed the stream that a look is about.
func lookedOn(log, stream string) string {
	command, _, _ := strings.Cut(aboutWhat(log), "\n")
	command, isExec := strings.CutPrefix(strings.TrimPrefix(command, "> "), "exec ")
	switch m := goTest.FindStringSubmatch("exec " + command); {
	case m != nil:
		return "what the test " + m[1] + " of your tree prints"
	case isExec:
		return stream + " of " + command
	}
	return stream + " of the command before"
}

// ourFrame is a line of a Go stack trace that names a place in this module, as
// programs built with -trimpath print it.
var ourFrame = regexp.MustCompile(`(?m)^\s+drydock/(\S+\.go:\d+)`)

// withoutTrace shortens what a program printed that panicked, as a lab's
// starter does, to the panic and the place where it came about. The stacks of
// all the other goroutines would only hide these; the log has them.
func withoutTrace(text string) string {
	before, rest, panicked := strings.Cut("\n"+text, "\npanic: ")
	if !panicked {
		return text
	}
	what, trace, _ := strings.Cut(rest, "\n")
	if frame := ourFrame.FindStringSubmatch(trace); frame != nil {
		what += "\nat " + frame[1]
	}
	return strings.TrimSpace(before + "\npanic: " + what)
}

// shownLines is how much is shown of what was found, from its beginning and from
// its end; shownBytes is the most of one line.
const (
	shownLines = 15
	shownBytes = 400
)

// bounded shortens what a program in a loop printed to what a person reads. The
// log has all of it.
func bounded(text string) string {
	lines := strings.Split(text, "\n")
	if left := len(lines) - 2*shownLines; left > 0 {
		note := fmt.Sprintf("… %d lines are not shown: a check shows the first and the last %d …", left, shownLines)
		lines = slices.Concat(lines[:shownLines], []string{note}, lines[len(lines)-shownLines:])
	}
	for i, line := range lines {
		if len(line) > shownBytes {
			lines[i] = strings.ToValidUTF8(line[:shownBytes], "") + fmt.Sprintf(" … (%d bytes more)", len(line)-shownBytes)
		}
	}
	return strings.Join(lines, "\n")
}

// printed returns what the last program in log printed to a stream. Looks at
// what it printed come behind it in the log.
func printed(log, stream, otherwise string) string {
	_, text, ok := strings.Cut(aboutWhat(log), "["+stream+"]\n")
	if !ok {
		return otherwise
	}
	text, _, _ = strings.Cut(text, "\n[stderr]\n")
	return strings.TrimSpace(text)
}

// aboutWhat returns the last command in log that does not look at the output of one
// before it, and what it printed.
func aboutWhat(log string) string {
	last := lastCommand(log)
	for len(last) < len(log) && isAboutOutput(last) {
		log = log[:len(log)-len(last)]
		last = lastCommand(log)
	}
	return last
}

// lastCommand returns the end of a log from its last command on.
func lastCommand(log string) string { return log[max(strings.LastIndex("\n"+log, "\n> "), 0):] }

// isAboutOutput says whether a command only looks at what one before it printed.
func isAboutOutput(command string) bool {
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(command, "> "), "! "), " ")
	return name == "stdout" || name == "stderr"
}
