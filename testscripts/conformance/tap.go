package conformance

import (
	"regexp"
	"strings"
)

// results counts what a validation program says, by what it says it of.
type results map[string]struct{ ok, notOK int }

var (
	line = regexp.MustCompile(`^(not )?ok\b(?: \d+)?(?: - )?(.*)$`)
	// What differs from run to run: ids and folders of a bundle.
	passing = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|ocitest\d+|(target|mount|test|example)\d+`)
)

// parse reads what a program of a name printed. Some say nothing but an error in a
// diagnostic; then the one result has the program's name.
func parse(name, text string) results {
	found := results{}
	count := func(of string, isOK bool) {
		of = passing.ReplaceAllString(of, "…")
		one := found[of]
		if isOK {
			one.ok++
		} else {
			one.notOK++
		}
		found[of] = one
	}
	for each := range strings.Lines(text) {
		if match := line.FindStringSubmatch(strings.TrimRight(each, "\n")); match != nil {
			count(match[2], match[1] == "")
		}
	}
	if len(found) == 0 && strings.Contains(text, "TAP version") {
		count(name, !strings.Contains(text, `"error": "`))
	}
	return found
}

// compare names what holds of theirs and not of ours, and the other way round. Of a
// program that said nothing of theirs at all, since their container did not come to
// be, no more is compared than how it ended.
func compare(theirs, ours results) (worse, better []string) {
	begun := len(theirs) > 1
	for of, one := range theirs {
		if ours[of].ok < one.ok || ours[of].notOK > one.notOK {
			worse = append(worse, of)
		}
	}
	for of, one := range ours {
		if theirs[of].ok < one.ok || theirs[of].notOK > one.notOK {
			better = append(better, of)
		}
		if _, known := theirs[of]; begun && !known && one.notOK > 0 {
			worse = append(worse, of)
		}
	}
	return worse, better
}

// total counts them all.
func (r results) total() (ok, notOK int) {
	for _, one := range r {
		ok, notOK = ok+one.ok, notOK+one.notOK
	}
	return ok, notOK
}
