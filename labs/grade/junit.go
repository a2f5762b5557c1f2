package grade

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"drydock/labs/progress"
)

// The form that build servers read: the schema of Jenkins' xUnit plugin
// (junit-10.xsd), of which this is a part that all of them understand.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Time      string      `xml:"time,attr"`
		Timestamp string      `xml:"timestamp,attr"`
		Cases     []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		ClassName string        `xml:"classname,attr"`
		Time      string        `xml:"time,attr"`
		Skipped   *junitSkipped `xml:"skipped"`
		Failure   *junitFailure `xml:"failure"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// noTime is how long a lab took, which nobody measures, for readers that insist.
const noTime = "0"

// junit writes a suite a learner and a case a lab. A lab that was begun and not
// passed, or does not pass now, has failed; one that was not begun is skipped.
func (r Report) junit(w io.Writer) error {
	all := junitSuites{Name: "drydock"}
	for _, learner := range r.Learners {
		suite := junitSuite{Name: learner.Learner, Time: noTime, Timestamp: r.At.UTC().Format("2006-01-02T15:04:05")}
		for _, lesson := range learner.Lessons {
			for _, lab := range lesson.Labs {
				suite.add(lesson.Lesson, lab)
			}
		}
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Suites = append(all.Suites, suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return fmt.Errorf("writing JUnit: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(lesson string, lab LabReport) {
	c := junitCase{Name: lab.Lab, ClassName: "drydock." + lesson, Time: noTime}
	switch {
	case lab.Recheck != nil && !lab.Recheck.Passed:
		c.Failure = &junitFailure{"does not pass now", "recheck", lab.Recheck.Found}
	case lab.Status == string(progress.Passed):
	case lab.Status == "" && lab.Attempts == 0:
		c.Skipped = &junitSkipped{"not begun"}
	default:
		c.Failure = &junitFailure{"not passed", "lab", lab.story()}
	}
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Skipped != nil {
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// story says what was done of a lab.
func (l LabReport) story() string {
	text := fmt.Sprintf("checks run: %d, hints shown: %d", l.Attempts, l.Hints)
	if l.SolutionFirst {
		text += ", solution seen"
	}
	if l.Fix != nil {
		text += ", " + l.faults()
		if len(l.Fix.Answers) > 0 {
			text += "; said: " + strings.Join(l.Fix.Answers, " / ")
		}
	}
	return text
}
