// Package filter reads what --filter says of the things that are listed or removed,
// and tells which of them are meant:
//
//	meant, err := filter.Containers([]string{"status=running", "label=web"})
//	if meant.Takes(c) { … }
//
// As in Docker, of the values given for one key one is enough, but every label has
// to be met, and every key. It finds nothing by itself: that is the engine's lists.
package filter

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// conditions are the values given for each key.
type conditions map[string][]string

// read reads texts of the form KEY=VALUE. Other keys than those known are an error.
func read(texts []string, known ...string) (conditions, error) {
	all := conditions{}
	for _, text := range texts {
		key, value, isPair := strings.Cut(text, "=")
		if !slices.Contains(known, key) {
			last := len(known) - 1
			return nil, fmt.Errorf("invalid filter '%s': there are %s and %s", key, strings.Join(known[:last], ", "), known[last])
		}
		if !isPair {
			return nil, fmt.Errorf("invalid argument %q for filter: name=value expected", text)
		}
		all[key] = append(all[key], value)
	}
	return all, nil
}

// met says whether something meets all conditions, where meets tells of one value.
func (all conditions) met(meets func(key, value string) bool) bool {
	for key, values := range all {
		one := func(value string) bool { return meets(key, value) }
		enough := slices.ContainsFunc(values, one)
		if key == label || key == notLabel {
			enough = !slices.ContainsFunc(values, func(value string) bool { return !one(value) })
		}
		if !enough {
			return false
		}
	}
	return true
}

// switches are the values of a key that is on or off.
func (all conditions) switches(key string) error {
	for _, value := range all[key] {
		if _, err := strconv.ParseBool(value); err != nil {
			return fmt.Errorf("invalid filter '%s=%s': it is true or false", key, value)
		}
	}
	return nil
}

// isOn says whether a text means yes; switches has looked at it.
func isOn(value string) bool {
	on, _ := strconv.ParseBool(value)
	return on
}

// matchesName says whether a name is meant by a part of it, or by a regular
// expression: ^web$ is that one alone. What is neither means nothing, as in Docker.
func matchesName(wanted, name string) bool {
	matches, err := regexp.MatchString(wanted, name)
	return matches && err == nil
}

// The keys of labels: KEY, with any value, or KEY=VALUE, which is there or is not.
const (
	label    = "label"
	notLabel = "label!"
)

func hasLabel(labels map[string]string, wanted string) bool {
	key, want, hasValue := strings.Cut(wanted, "=")
	got, ok := labels[key]
	return ok && (!hasValue || got == want)
}
