package filter

import (
	"fmt"
	"time"
)

// OfUnused are conditions on what is to be removed: labels that it has or has not,
// and before when it was made.
type OfUnused struct {
	all   conditions
	until time.Time
}

// Unused reads what the prune commands' --filter takes.
func Unused(texts []string, now time.Time) (f OfUnused, err error) {
	if f.all, err = read(texts, label, notLabel, "until"); err != nil {
		return f, err
	}
	for _, value := range f.all["until"] {
		if f.until, err = moment(value, now); err != nil {
			return f, fmt.Errorf("invalid filter 'until=%s': write a duration, such as 24h, or a time", value)
		}
	}
	return f, nil
}

// Takes says whether a thing with these labels, made then, is meant.
func (f OfUnused) Takes(labels map[string]string, made time.Time) bool {
	return f.all.met(func(key, value string) bool {
		if key == "until" {
			return made.Before(f.until)
		}
		return hasLabel(labels, value) == (key == label)
	})
}

// moment reads a time: so long ago, or a date.
func moment(text string, now time.Time) (time.Time, error) {
	if ago, err := time.ParseDuration(text); err == nil {
		return now.Add(-ago), nil
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(form, text, time.Local); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time", text)
}
