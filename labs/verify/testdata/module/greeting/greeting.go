// Package greeting is what the build labs of this little module cut.
package greeting

import "strings"

// Of greets those who are named, loudly.
func Of(names []string) string {
	text := "hello"
	for _, n := range names {
		text += " " + n
	}
	text = strings.ToUpper(text)
	return text
}
