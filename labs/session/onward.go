package session

import "slices"

// Onward is how the learner stands in the lesson to go on with: the one they are in,
// be it for the second time, or, where that is read to its end, the next that is not
// done; the first, where they are in none.
func Onward(all []Standing) Standing {
	at := slices.IndexFunc(all, func(s Standing) bool { return s.Current })
	switch {
	case at < 0:
		return all[0]
	case !all[at].atEnd():
		return all[at]
	}
	for _, s := range slices.Concat(all[at+1:], all[:at]) {
		if !s.Done() {
			return s
		}
	}
	return all[at]
}

// atEnd reports whether the last beat is what the learner has before them.
func (s Standing) atEnd() bool {
	counts := s.Lesson.BeatCounts()
	last := len(counts) - 1
	return s.Step > last && s.record.Beat >= counts[last]-1
}
