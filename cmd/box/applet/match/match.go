// Package match holds the applets that search and edit text by pattern: grep
// and sed. Patterns are POSIX's (regex(7)), matched with Go's regexp; what that
// cannot do, back references in a pattern, is refused by name.
package match

import (
	"errors"
	"regexp"
	"strings"

	"drydock/cmd/box/applet"
)

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "egrep", Usage: "[-qvicnolHhswrxF] [-e PATTERN]... [PATTERN] [FILE]...", Run: egrep},
		{Name: "grep", Usage: "[-qvicnolHhswrxEF] [-e PATTERN]... [-A|-B|-C LINES] [-m COUNT] [PATTERN] [FILE]...", Run: grep},
		{Name: "sed", Usage: "[-nEri] [-e SCRIPT]... [SCRIPT] [FILE]...", Run: sed},
	}
}

// compile reads a pattern; a basic one is turned into an extended one first.
func compile(pattern string, extended, fold bool) (*regexp.Regexp, error) {
	if !extended {
		pattern = extend(pattern)
	}
	if hasBackReference(pattern) {
		return nil, errors.New("back references in a pattern are not supported: " + pattern)
	}
	pattern = strings.NewReplacer(`\<`, `\b`, `\>`, `\b`).Replace(pattern)
	flags := ""
	if fold {
		flags = "(?i)"
	}
	re, err := regexp.Compile(flags + pattern)
	if err != nil {
		return nil, errors.New("invalid pattern '" + pattern + "'")
	}
	re.Longest() // leftmost-longest: POSIX XBD 9.1
	return re, nil
}

// extend turns a basic pattern into an extended one: in the basic form it is
// the backslash that gives ( ) { } | + ? their meaning, and a star at the start
// is a plain one.
func extend(pattern string) string {
	var b strings.Builder
	start := true // of the pattern or of a group
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '\\' && i+1 < len(pattern):
			i++
			if strings.IndexByte("(){}|+?", pattern[i]) >= 0 {
				b.WriteByte(pattern[i])
				start = pattern[i] == '(' || pattern[i] == '|'
				continue
			}
			b.WriteByte('\\')
			b.WriteByte(pattern[i])
		case c == '[':
			end := bracket(pattern, i)
			b.WriteString(pattern[i:end])
			i = end - 1
		case strings.IndexByte("(){}|+?", c) >= 0, c == '*' && start:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '^' && start:
			b.WriteByte(c)
			continue // a star behind it is a plain one too
		default:
			b.WriteByte(c)
		}
		start = false
	}
	return b.String()
}

// bracket returns where the bracket expression that begins at i ends.
func bracket(pattern string, i int) int {
	j := i + 1
	if j < len(pattern) && pattern[j] == '^' {
		j++
	}
	if j < len(pattern) && pattern[j] == ']' {
		j++
	}
	for ; j < len(pattern); j++ {
		if strings.HasPrefix(pattern[j:], "[:") {
			if end := strings.Index(pattern[j:], ":]"); end > 0 {
				j += end + 1
				continue
			}
		}
		if pattern[j] == ']' {
			return j + 1
		}
	}
	return len(pattern)
}

func hasBackReference(pattern string) bool {
	for i := 0; i+1 < len(pattern); i++ {
		if pattern[i] == '\\' {
			if i++; pattern[i] >= '1' && pattern[i] <= '9' {
				return true
			}
		}
	}
	return false
}
