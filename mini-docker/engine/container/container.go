// Package container keeps what is known of containers: a folder for each, in which
// container.json says what it was made as, and a link for each name. Nothing here
// runs, starts or stops one: that is package engine.
//
//	store := container.Open(root)
//	c, err := store.Load(id)
//	fmt.Println(c.PlainName(), c.Command(), c.PortsColumn())
package container

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"drydock/mini-docker/engine/hardening"
	"drydock/mini-docker/engine/limits"
	"drydock/mini-docker/engine/networks"
	"drydock/mini-docker/flock"

	"golang.org/x/sys/unix"
)

// Container is all that is known of a container. Its JSON form is what
// `inspect` prints, with Docker's names, and what container.json holds.
type Container struct {
	ID      string `json:"Id"`
	Created time.Time
	Path    string   // the command
	Args    []string // and its arguments
	State   State
	Image   string // id of the image

	ResolvConfPath string
	HostnamePath   string
	HostsPath      string
	LogPath        string
	Name           string // with a slash in front, as Docker has it
	RestartCount   int
	Driver         string
	Platform       string

	HostConfig  HostConfig
	GraphDriver GraphDriver
	Mounts      []Mount
	Config      Config

	NetworkSettings networks.Settings

	Warnings []string `json:"-"` // what its creation could not do as asked

	Owner *flock.Lock `json:"-"` // held by the process that creates or runs the container
}

// Status is the stage of its life a container is in.
type Status string

// The stages. Dead is a container whose files are damaged: it can be removed.
const (
	Created Status = "created"
	Running Status = "running"
	Paused  Status = "paused"
	Exited  Status = "exited"
	Dead    Status = "dead"
)

// State tells how a container is, or how it ended.
type State struct {
	Status     Status
	Running    bool
	Paused     bool
	Restarting bool
	OOMKilled  bool
	Dead       bool
	Pid        int // outside the container; 0 when it does not run
	ExitCode   int
	Error      string
	StartedAt  time.Time
	FinishedAt time.Time
}

// HostConfig is what depends on the machine the container runs on.
type HostConfig struct {
	ContainerIDFile string
	NetworkMode     string
	AutoRemove      bool
	CgroupParent    string // the group above the container's own
	IpcMode         string
	PidMode         string
	UTSMode         string
	ReadonlyRootfs  bool
	Init            bool
	Runtime         string

	Binds       []string // folders of the host and named volumes, as -v has them
	VolumesFrom []string

	PortBindings    map[string][]networks.Binding
	PublishAllPorts bool
	DNS             []string `json:"Dns"`
	DNSOptions      []string `json:"DnsOptions"`
	DNSSearch       []string `json:"DnsSearch"`

	limits.Limits
	hardening.Settings
}

// GraphDriver says which directories make up the container's file system.
type GraphDriver struct {
	Name string
	Data map[string]string // LowerDir, UpperDir, WorkDir as overlayfs calls them
}

// Config is what the container brings along wherever it runs.
type Config struct {
	Hostname     string
	Domainname   string
	User         string
	AttachStdin  bool
	AttachStdout bool
	AttachStderr bool
	ExposedPorts map[string]struct{} `json:",omitempty"`
	Tty          bool
	OpenStdin    bool
	StdinOnce    bool
	Env          []string
	Cmd          []string
	Image        string              // as it was asked for
	Volumes      map[string]struct{} // folders that are to outlive the container, by the image or -v
	WorkingDir   string
	Entrypoint   []string
	Labels       map[string]string
	StopSignal   string `json:",omitempty"`
}

// PlainName is the name without the slash.
func (c *Container) PlainName() string { return strings.TrimPrefix(c.Name, "/") }

// Command is the command with its arguments, as `ps` shows it.
func (c *Container) Command() string {
	return strings.Join(append([]string{c.Path}, c.Args...), " ")
}

// NetworkNamespace is the path of the network namespace of a container that runs.
// See namespaces(7).
func (c *Container) NetworkNamespace() string { return fmt.Sprintf("/proc/%d/ns/net", c.State.Pid) }

// StopSignal is what asks the container to end.
func (c *Container) StopSignal() unix.Signal {
	if signal, err := ParseSignal(c.Config.StopSignal); err == nil {
		return signal
	}
	return unix.SIGTERM
}

// Release gives up a container that the caller owns.
func (c *Container) Release() {
	if c.Owner != nil {
		c.Owner.Release()
		c.Owner = nil
	}
}

// End notes the exit status.
func (s *State) End(exit int, at time.Time) {
	s.Status, s.Running, s.Paused, s.Pid = Exited, false, false, 0
	s.ExitCode, s.FinishedAt = exit, at.UTC()
}

// NewID returns an id: 32 random bytes in hexadecimal digits. Its short form,
// the first twelve, is the container's host name, and one of digits only would
// be taken for a number by some programs.
func NewID() string {
	for {
		var random [32]byte
		rand.Read(random[:]) // never fails, see its documentation
		id := hex.EncodeToString(random[:])
		if strings.ContainsAny(id[:12], "abcdef") {
			return id
		}
	}
}

// ShortID is the part of an id that is shown.
func ShortID(id string) string {
	id = strings.TrimPrefix(id, "sha256:")
	return id[:min(12, len(id))]
}
