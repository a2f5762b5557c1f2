package facts

import (
	"errors"
	"os"
	"strconv"
	"strings"
)

// still is a process that was seen before, if it has not ended. A number alone would
// not tell: it may be another's by now.
func still(before Process) (Process, error) {
	gone := &NoProcessError{Reason: before.String() + ", which is meant, has ended"}
	now, err := readProcess(strconv.Itoa(before.PID))
	var none *NoProcessError
	if errors.As(err, &none) || err == nil && (now.State == "Z" || now.Started != before.Started) {
		return Process{}, gone
	}
	return now, err
}

// noted is the process whose number and start, the fields 1 and 22 of proc_pid_stat(5),
// stand in a file.
func noted(file string) (Process, error) {
	text, err := os.ReadFile(file)
	fields := strings.Fields(string(text))
	if err != nil || len(fields) != 2 {
		return Process{}, &NoProcessError{Reason: file + ", which says which process is meant, is gone or damaged"}
	}
	return still(Process{PID: number(fields[0]), Started: fields[1], Command: "noted in " + file})
}

// started is field 22 of proc_pid_stat(5). The second is a name in parentheses, which
// may have blanks and parentheses in it.
func started(stat string) string {
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 20 {
		return ""
	}
	return fields[19]
}
