package main

import (
	"fmt"
	"os"
	"strings"
	"unicode"
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
		for line := range strings.Lines(string(text)) {
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
