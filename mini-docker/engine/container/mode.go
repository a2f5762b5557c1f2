package container

import "github.com/opencontainers/runtime-spec/specs-go"

// A mode says which namespace of a kind a container lives in, in Docker's words:
// "" or "private" is a new one, "host" the engine's own, "container:ID" that of
// another container. A network can also be "none": a new one with nothing in it
// but a loopback interface.
const (
	ModePrivate   = "private"
	ModeHost      = "host"
	ModeNone      = "none"
	ModeContainer = "container:"
)

// Mode is the mode that a container has for one kind of namespace.
type Mode struct {
	Name  string // as messages have it
	Kind  specs.LinuxNamespaceType
	Link  string // in /proc/PID/ns
	Value *string
}

// Modes lists the container's modes.
func (c *Container) Modes() []Mode {
	h := &c.HostConfig
	return []Mode{
		{"network", specs.NetworkNamespace, "net", &h.NetworkMode},
		{"PID", specs.PIDNamespace, "pid", &h.PidMode},
		{"IPC", specs.IPCNamespace, "ipc", &h.IpcMode},
		{"UTS", specs.UTSNamespace, "uts", &h.UTSMode},
	}
}
