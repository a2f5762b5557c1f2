// Package wait holds the one deadline of all tests: how long a test waits for a
// fact before it says that it will not come.
//
//	for end := time.Now().Add(wait.Deadline); !ready(); { … }
//
// It says nothing about how fast something has to be. A machine may stand still
// for ten seconds, a virtual one for longer; whoever waits for less reports the
// machine. A test of a duration says which, and why.
package wait

import "time"

// Deadline is the common one.
const Deadline = time.Minute
