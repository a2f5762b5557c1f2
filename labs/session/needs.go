package session

import (
	"slices"
	"strings"

	"drydock/labs"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
	"drydock/testscripts"
)

// decides is the finding that decides on a need of a lesson. Who is root needs no
// user namespaces to have a sandbox.
var decides = map[string]string{
	"userns": "namespaces", "overlay": "overlay", "net": "network", "go": "go", "golang": "go",
	"cgroup memory": "cgroup memory", "cgroup cpu": "cgroup cpu", "cgroup pids": "cgroup pids",
}

// Lacks are the needs of a lesson whose finding is bad. What nobody looked for is
// not missing.
func Lacks(l lessons.Lesson, machine []sandbox.Finding) []string {
	var missing []string
	for _, need := range l.Needs {
		if _, bad := badFinding(need, machine); bad {
			missing = append(missing, need)
		}
	}
	return missing
}

// WhyLacking are the details of the findings behind missing needs, each once.
func WhyLacking(missing []string, machine []sandbox.Finding) []string {
	var why []string
	for _, need := range missing {
		if f, bad := badFinding(need, machine); bad && !slices.Contains(why, f.Detail) {
			why = append(why, f.Detail)
		}
	}
	return why
}

func badFinding(need string, machine []sandbox.Finding) (sandbox.Finding, bool) {
	for _, f := range machine {
		if f.Name == decides[need] {
			return f, !f.OK
		}
	}
	return sandbox.Finding{}, false
}

// Impossible reports whether a lab cannot be done on this machine: a build lab
// without Go, and one whose check has to do with limits that cannot be set.
func Impossible(l labs.Lab, machine []sandbox.Finding) bool {
	if _, bad := badFinding("go", machine); bad && l.Kind == labs.Build {
		return true
	}
	bad := slices.ContainsFunc([]string{"cgroup memory", "cgroup cpu", "cgroup pids"}, func(need string) bool {
		_, bad := badFinding(need, machine)
		return bad
	})
	return bad && slices.ContainsFunc(l.Scripts, func(name string) bool {
		s, err := testscripts.Load(name)
		return err == nil && strings.Contains(s.Text, "[!limits] skip")
	})
}
