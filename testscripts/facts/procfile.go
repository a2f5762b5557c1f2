package facts

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// procFile looks at the text of a file in the folder of a process (proc(5)),
// such as uid_map, with runs of blanks made one:
//
//	proc PROCESS FILE REGEXP [line=PREFIX]
//
// It holds when the whole text matches, or with line those of its lines that begin so.
func procFile(w World, args []string) (Observation, error) {
	q, err := parseWords(args, "proc PROCESS FILE REGEXP [line=PREFIX]", 3, "line")
	if err != nil {
		return Observation{}, err
	}
	re, err := regexp.Compile("^(?:" + q.pos[2] + ")$")
	if err != nil {
		return Observation{}, err
	}
	p, err := w.Find(q.pos[0])
	if err != nil {
		return missing(q.pos[1]+" of "+q.pos[0], q.pos[2], err)
	}
	path := fmt.Sprintf("/proc/%d/%s", p.PID, q.pos[1])
	text, err := os.ReadFile(path)
	if err != nil {
		return missing(path+" of "+p.String(), q.pos[2], ended(p, err))
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, q.opt["line"]) {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
	}
	found := strings.Join(lines, "\n")
	o := Observation{
		Looked: fmt.Sprintf("%s of %s", path, p), Found: found,
		Expected: fmt.Sprintf("text that matches %#q", q.pos[2]), Holds: re.MatchString(found),
	}
	if found == "" {
		o.Found = "nothing: the file is empty"
	}
	return o, nil
}
