package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fromCaller gives variables that are named without a value the value that the
// caller has. One that the caller does not have keeps its bare name: the
// container is not to have it either.
func fromCaller(env []string) []string {
	var completed []string
	for _, entry := range env {
		if !strings.Contains(entry, "=") {
			if value, isSet := os.LookupEnv(entry); isSet {
				entry += "=" + value
			}
		}
		completed = append(completed, entry)
	}
	return completed
}

// readEnvFiles reads the files of --env-file: a variable a line, as for -e; empty
// lines and those that begin with # do not count.
func readEnvFiles(paths []string) ([]string, error) {
	var env []string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // a byte order mark, as Windows writes it
		number := 0
		for line := range strings.Lines(string(text)) {
			number++
			if !utf8.ValidString(line) {
				return nil, fmt.Errorf("invalid env file (%s): invalid utf8 bytes at line %d: %q", path, number, line)
			}
			if strings.Contains(line, "\x00") {
				return nil, fmt.Errorf("invalid env file (%s): line %d holds a NUL byte, which no variable can", path, number)
			}
			line = strings.TrimLeftFunc(strings.TrimRight(line, "\r\n"), unicode.IsSpace)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			name, _, _ := strings.Cut(line, "=")
			if name == "" {
				return nil, fmt.Errorf("invalid env file (%s): no variable name on line '%s'", path, line)
			}
			if strings.ContainsFunc(name, unicode.IsSpace) {
				return nil, fmt.Errorf("invalid env file (%s): variable '%s' contains whitespaces", path, name)
			}
			env = append(env, fromCaller([]string{line})...)
		}
	}
	return env, nil
}
