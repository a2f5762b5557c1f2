package session

import (
	"regexp"
	"strings"

	"drydock/testscripts"
)

// What go test prints around what a test says: names, times, places, verdicts.
var (
	testNoise = regexp.MustCompile(`^\s*(=== (RUN|PAUSE|CONT|NAME)\b.*|--- (PASS|FAIL|SKIP): .*|PASS|FAIL|\[std(out|err)\]|\[exit status 1\])$`)
	testPlace = regexp.MustCompile(`^\s*\w+_test\.go:\d+: `)
	testPanic = regexp.MustCompile(`^(panic: .*?)( \[recovered.*\])?$`)
)

// withoutTestNoise keeps of what test programs printed what their tests say: a
// learner reads the finding. The report's log has all of it.
func withoutTestNoise(r testscripts.Report) testscripts.Report {
	for i := range r.Checks {
		r.Checks[i].Found = testFinding(r.Checks[i].Found)
	}
	return r
}

// testFinding is that of one text. Where the tests say nothing, it stays as it is.
func testFinding(text string) string {
	if !strings.Contains(text, "--- FAIL: ") {
		return text
	}
	var kept []string
	said := false
	for _, line := range strings.Split(text, "\n") {
		if testNoise.MatchString(line) {
			continue
		}
		said = said || testPlace.MatchString(line) || testPanic.MatchString(line)
		kept = append(kept, testPanic.ReplaceAllString(testPlace.ReplaceAllString(line, ""), "$1"))
	}
	if !said {
		return text
	}
	return strings.TrimSpace(strings.Join(kept, "\n"))
}
