package shell

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"drydock/cmd/box/applet"
)

// job is a process that `&` started, or that Ctrl-Z stopped, with its group.
type job struct {
	number, pid int
	text        string
	told        bool // that it is stopped
}

// line is `[N]+ HOW  TEXT`; mark tells the job that fg means from the others.
func (j job) line(mark, how string) string {
	return fmt.Sprintf("[%d]%s %s  %s\n", j.number, mark, how, j.text)
}

// addJob puts a process in the list, unless it is there.
func (s *session) addJob(pid int, text string) job {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	delete(s.told, pid) // another's, that had the number before
	for _, j := range s.jobs {
		if j.pid == pid {
			return j
		}
	}
	j := job{number: 1, pid: pid, text: text}
	if n := len(s.jobs); n > 0 {
		j.number = s.jobs[n-1].number + 1
	}
	s.jobs = append(s.jobs, j)
	return j
}

// forget drops the jobs that were waited for.
func (s *session) forget() {
	running := s.children.Running()
	s.jobs = slices.DeleteFunc(s.jobs, func(j job) bool { return !slices.Contains(running, j.pid) })
}

// markTold remembers that the person knows of a stop, or of its end.
func (s *session) markTold(pid int, told bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.jobs {
		if s.jobs[i].pid == pid {
			s.jobs[i].told = told
		}
	}
}

// current is the job that fg and bg mean: the last that is stopped, else the
// last. The caller has the lock. See POSIX XBD 3.181, Job ID.
func (s *session) current() int {
	for i, j := range slices.Backward(s.jobs) {
		if _, stopped := s.children.Stopped(j.pid); stopped {
			return i
		}
	}
	return len(s.jobs) - 1
}

// job finds a job by N, %N, or %, %% and %+ for the current one.
func (s *session) job(text string) (job, bool) {
	name := strings.TrimPrefix(text, "%")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	current := s.current()
	for i, j := range s.jobs {
		isCurrent := i == current && (name == "" || name == "%" || name == "+")
		if isCurrent || strconv.Itoa(j.number) == name {
			return j, true
		}
	}
	return job{}, false
}

// pid reads a process number, or a job's name with % before it.
func (s *session) pid(text string) (int, bool) {
	if !strings.HasPrefix(text, "%") {
		n, err := strconv.Atoi(text)
		return n, err == nil
	}
	j, ok := s.job(text)
	return j.pid, ok
}

// mark is + for the current job, as jobs shows it.
func mark(isCurrent bool) string {
	if isCurrent {
		return "+"
	}
	return " "
}

// list is jobs: what runs in the background, or is stopped.
func (c *command) list([]string) error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.forget()
	current := c.s.current()
	for i, j := range c.s.jobs {
		how := "Running"
		if _, stopped := c.s.children.Stopped(j.pid); stopped {
			how, c.s.jobs[i].told = "Stopped", true
		}
		io.WriteString(c.hc.Stdout, j.line(mark(i == current), strconv.Itoa(j.pid)+" "+how))
	}
	return nil
}

// reportJobs tells what became of jobs since the last prompt.
func (s *session) reportJobs() {
	s.mu.Lock()
	defer s.mu.Unlock()
	current := s.current()
	for i, j := range s.jobs {
		how := ""
		_, stopped := s.children.Stopped(j.pid)
		ended, known := s.children.Poll(j.pid)
		if known {
			s.told[j.pid] = ended
		}
		switch {
		case known && ended.Signaled():
			how = death(ended)
		case known && ended.ExitStatus() != applet.OK:
			how = "Exit " + strconv.Itoa(ended.ExitStatus())
		case known:
			how = "Done"
		case stopped && !j.told:
			how = "Stopped"
		}
		s.jobs[i].told = stopped
		if how != "" {
			io.WriteString(s.e.Err, j.line(mark(i == current), how))
		}
	}
	s.forget()
}

// waited is the end of a job that the person was told of. It is known once more.
func (s *session) waited(pid int) (ended syscall.WaitStatus, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ended, known = s.told[pid]
	delete(s.told, pid)
	return ended, known
}

// named is the job that fg or bg is to work on.
func (c *command) named(name string, args []string) (j job, code int) {
	args = append(args, "%+")
	j, ok := c.s.job(args[0])
	switch {
	case !c.s.control || c.s.inSubshell(c.hc):
		c.complain(name + ": no job control here")
		return j, applet.Failed
	case !ok:
		c.complain(name + ": no such job")
		return j, applet.Failed
	}
	return j, applet.OK
}

// front is fg: a job gets the terminal, goes on if it is stopped, and is waited
// for. See POSIX XCU fg.
func (c *command) front(args []string) error {
	j, code := c.named("fg", args)
	if code != applet.OK {
		return status(code)
	}
	io.WriteString(c.hc.Stdout, j.text+"\n")
	c.s.foreground.Add(1)
	defer c.s.foreground.Add(-1)
	c.s.front.begin()
	defer c.s.front.end()
	c.s.markTold(j.pid, false)
	if _, stopped := c.s.children.Stopped(j.pid); stopped {
		c.s.giveTerminal(j.pid) // before it goes on, or it may ask too early
	}
	// One that runs gets it behind this, which would undo a Ctrl-Z.
	c.s.children.Continue(j.pid, -j.pid)
	c.s.front.started(j.pid)
	ended := c.s.waitInFront(j.pid)
	if ended.Stopped() {
		return c.stopped(j, ended)
	}
	return c.ended(ended)
}

// back is bg: a stopped job goes on without the terminal. See POSIX XCU bg.
func (c *command) back(args []string) error {
	j, code := c.named("bg", args)
	if code != applet.OK {
		return status(code)
	}
	c.s.markTold(j.pid, false)
	if err := c.s.children.Continue(j.pid, -j.pid); err != nil {
		c.complain("bg: " + j.text + ": " + applet.Reason(err))
		return status(applet.Failed)
	}
	fmt.Fprintf(c.hc.Stdout, "[%d]+ %s &\n", j.number, j.text)
	return nil
}
