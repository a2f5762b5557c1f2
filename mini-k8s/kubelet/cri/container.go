package cri

import (
	"io"
	"time"
)

// ContainerConfig says what container is wanted. What is empty is as the image
// has it.
type ContainerConfig struct {
	Sandbox string // its id
	PodUID  string
	Name    string // in the pod
	Attempt int    // how many there were before it
	Hash    string // of what the pod says about it

	Image         string
	Command, Args []string
	Env           []string
	WorkingDir    string
	Mounts        []Mount
	Resources     Resources
	Security      Security

	ShareProcesses        bool // with the other containers of the pod
	Stdin, StdinOnce, TTY bool
}

// Mount is a folder or file of the node that a container sees.
type Mount struct {
	Source, Destination string
	ReadOnly            bool
}

// Resources are a container's limits; 0 is none.
type Resources struct {
	CPUShares   int64 // weight against others, 1024 for each CPU asked for
	NanoCPUs    int64 // billionths of a CPU
	MemoryBytes int64
}

// Security is what a container may do, where that is not as usual.
type Security struct {
	User            string // UID, or UID:GID
	Privileged      bool
	ReadOnlyRoot    bool
	NoNewPrivileges bool
	Add, Drop       []string // capabilities, without CAP_
}

// Container is one that was made.
type Container struct {
	ID, PodUID, Sandbox string
	Name                string
	Attempt             int
	Hash                string
	Image, ImageID      string

	State                      State
	Created, Started, Finished time.Time
	ExitCode                   int
	Reason, Message            string // of its end: Completed, Error, OOMKilled, StartError
}

// State is the stage of its life that a container is in.
type State string

// The stages.
const (
	Created State = "created"
	Running State = "running"
	Exited  State = "exited"
)

// Terminal is the other end of a command's streams: what is nil is not connected.
type Terminal struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	TTY            bool
	Resize         <-chan Size // or nil
}

// Size is a terminal's, in characters.
type Size struct{ Width, Height uint16 }

// LogOptions says what is wanted of a log.
type LogOptions struct {
	Tail   int       // so many lines from the end; all if negative
	Since  time.Time // zero: no bound
	Follow bool      // go on until the container has ended
}

// LogLine is a line, with its end, or a piece of one.
type LogLine struct {
	Text string
	Time time.Time
}
