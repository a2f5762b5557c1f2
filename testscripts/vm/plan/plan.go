// Package plan is what the two halves of `make test-vm` agree on: the program
// on the host (testscripts/vm) writes a [Plan] into the machine's initramfs,
// and the machine's process 1 (testscripts/vm/init) answers with one [Result]
// per program, on a serial line of its own so that nothing a test prints can be
// taken for an answer:
//
//	host                               machine
//	/plan.json in the initramfs  ──▶   reads it, runs program after program
//	                             ◀──   {"name":…,"passed":…}   on ttyS1
//	                             ◀──   {"name":…,"passed":…}
//	                             ◀──   {"end":true}, then it powers off
//
// A machine that panics or hangs never says end, and so cannot pass.
package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Places in the machine that both halves know.
const (
	PlanFile   = "/plan.json" // in the initramfs
	ModulesDir = "/modules"   // in the initramfs: kernel modules, their names sorted as they must load
	Source     = "/drydock/src"
	Bin        = "/drydock/bin"
	Tests      = "/drydock/tests"
	Home       = "/home/learner"
	UserID     = 1000 // the ordinary user's uid and gid
)

// Variables that lead tests to a second disk, which is theirs, and to the log of what
// is written to it (see package crash).
const (
	CutDisk = "DRYDOCK_CUT_DISK"
	CutLog  = "DRYDOCK_CUT_LOG"
)

// A Program is run once in the machine.
type Program struct {
	Name   string   // how it is called in what people read
	Args   []string // Args[0] is a path in the machine
	Dir    string   // its working directory
	AsUser bool     // run by the ordinary user, in a cgroup subtree delegated to them
	GoTest bool     // prints its tests' verdicts; of others only the exit status counts
}

// String names a program and who runs it.
func (p Program) String() string {
	if p.AsUser {
		return p.Name + " as uid 1000"
	}
	return p.Name + " as root"
}

// A Plan is the work of one boot.
type Plan struct {
	Programs []Program
	Timeout  time.Duration // for each program
	Verbose  bool          // show the output of programs that pass, too
}

// A Result is what came of one program.
type Result struct {
	Name                    string
	Passed, Failed, Skipped int    // tests, subtests counted as well
	Problem                 string // why it failed where no test says so: its exit status, its time
	Left                    []string
	Seconds                 float64
	End                     bool // no result, but the machine's last word
}

// OK reports whether nothing of the program failed.
func (r Result) OK() bool {
	return r.Failed == 0 && r.Problem == "" && len(r.Left) == 0
}

// ReadResults reads results until the machine's last word. The error says that
// it never came; the results before are valid all the same.
func ReadResults(r io.Reader) ([]Result, error) {
	var all []Result
	for d := json.NewDecoder(r); ; {
		var one Result
		switch err := d.Decode(&one); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return all, errors.New("the machine stopped before it had run everything")
		case err != nil:
			return all, fmt.Errorf("reading the machine's results: %w", err)
		case one.End:
			return all, nil
		}
		all = append(all, one)
	}
}
