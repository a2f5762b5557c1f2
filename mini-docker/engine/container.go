package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"drydock/mini-docker/engine/hardening"
	"drydock/mini-docker/engine/limits"
	"drydock/mini-docker/engine/networks"
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

	owner *folderLock // held by the process that creates or runs the container
	waits bool        // see CreateOptions

	volumes []volumeWish // see planMounts
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

// Release gives up the container that Create returned without starting it.
func (c *Container) Release() {
	if c.owner != nil {
		c.owner.release()
		c.owner = nil
	}
}

// save writes container.json into dir so that readers see it whole or not at
// all.
//
// It is not synced: after a power cut the file may be empty, and the container
// is listed as dead then and can be removed. That loses little, a stopped
// container's exit status, where a sync would cost each run a disk's latency.
func (c *Container) save(dir string) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, containerFile)
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return fmt.Errorf("remembering the container: %w", err)
	}
	return os.Rename(path+".new", path)
}

// load reads a container as it was last saved. One whose file is damaged is
// dead, so that it is seen and can be removed.
func (e *Engine) load(id string) (*Container, error) {
	text, err := os.ReadFile(filepath.Join(e.dir(id), containerFile))
	if err != nil {
		if _, gone := os.Lstat(e.dir(id)); gone != nil {
			return nil, fmt.Errorf("%w: %s", ErrNotExist, id)
		}
	}
	c := new(Container)
	if err == nil {
		err = json.Unmarshal(text, c)
	}
	if err == nil {
		err = errors.Join(e.loadLimits(c), e.loadName(c), e.loadNetworks(c))
	}
	if err != nil || c.ID != id {
		var made time.Time
		if folder, err := os.Stat(e.dir(id)); err == nil {
			made = folder.ModTime().UTC() // all that is known
		}
		return &Container{ID: id, Created: made, State: State{Status: Dead, Dead: true,
			Error: fmt.Sprintf("reading %s: %v", containerFile, err)}}, nil
	}
	return c, nil
}

const containerFile = "container.json"
