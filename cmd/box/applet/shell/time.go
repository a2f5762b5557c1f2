package shell

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// usage is a moment, and the CPU time used until then.
type usage struct {
	at            time.Time
	own, children cpu
}

type cpu struct{ user, system time.Duration }

// used asks for the time of this process and of its children that were waited
// for. See getrusage(2).
func used() usage {
	of := func(who int) cpu {
		var r unix.Rusage
		if unix.Getrusage(who, &r) != nil {
			return cpu{}
		}
		return cpu{time.Duration(r.Utime.Nano()), time.Duration(r.Stime.Nano())}
	}
	return usage{time.Now(), of(unix.RUSAGE_SELF), of(unix.RUSAGE_CHILDREN)}
}

func minutes(d time.Duration) string {
	return fmt.Sprintf("%dm%.3fs", int(d.Minutes()), (d % time.Minute).Seconds())
}

func (c *command) timeStart([]string) error {
	c.s.timers = append(c.s.timers, used())
	return nil
}

// timeEnd prints what passed, and hands on the status of what was timed.
func (c *command) timeEnd([]string) error {
	last := len(c.s.timers) - 1
	a, b := c.s.timers[last], used()
	c.s.timers = c.s.timers[:last]
	user := b.own.user + b.children.user - a.own.user - a.children.user
	system := b.own.system + b.children.system - a.own.system - a.children.system
	fmt.Fprintf(c.hc.Stderr, "real\t%s\nuser\t%s\nsys\t%s\n", minutes(b.at.Sub(a.at)), minutes(user), minutes(system))
	return status(c.hc.LastExitStatus)
}

func (c *command) times([]string) error {
	u := used()
	fmt.Fprintf(c.hc.Stdout, "%s %s\n%s %s\n", minutes(u.own.user), minutes(u.own.system),
		minutes(u.children.user), minutes(u.children.system))
	return nil
}
