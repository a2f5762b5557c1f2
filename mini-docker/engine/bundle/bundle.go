// Package bundle turns what is wanted of a container into an OCI bundle's
// config.json: Docker's defaults, spelled out for a runtime that has none.
//
//	spec, err := bundle.Spec(bundle.Request{Layers: layers, Upper: …, Args: …})
//
// The package starts nothing and mounts nothing. It reads two files of the
// image, which say who its users are, and what this process may do on this
// machine (ThisHost). See OCI runtime-spec, config.md and config-linux.md.
package bundle

import (
	"fmt"
	"path"

	"drydock/mini-docker/layer"
	"drydock/mini-docker/security"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Request is what is wanted of a container.
type Request struct {
	Args       []string // the command, not empty
	Env        []string
	Groups     []string // further ones, by name or number
	User       string   // as in `--user`: name|uid[:group|gid]; "" is root
	WorkingDir string   // "" is "/"
	Hostname   string   // "" keeps the name of the UTS namespace
	Domainname string
	Terminal   bool
	ReadOnly   bool // the root file system

	Namespaces map[specs.LinuxNamespaceType]Namespace // new ones where nothing stands

	Layers      []string // directories, the top one first
	Upper, Work string   // directories that overlayfs writes to
	UserXattr   bool     // how the layers were unpacked
	Volatile    bool     // what is written need not survive the container
	Root        string   // an empty directory to mount the root on

	HostnameFile, HostsFile, ResolvConfFile string // bound into /etc
	ShmBytes                                int64  // size of /dev/shm

	MaskedPaths, ReadonlyPaths []string

	Host Host
}

// Namespace says where a container gets one of its namespaces from. The zero
// value is a new one.
type Namespace struct {
	Host bool   // the one this process is in
	Path string // the one behind this link
}

// DefaultPath is where programs are looked for in an image that does not say.
const DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Spec returns the config.json of the container. Its root.path is an empty
// directory; the overlay of the layers is the first of its mounts, so that the
// runtime makes it inside the container's mount namespace and it is never seen
// on the host.
func Spec(r Request) (*specs.Spec, error) {
	process, err := Process(r)
	if err != nil {
		return nil, err
	}
	overlay, err := overlayMount(r)
	if err != nil {
		return nil, err
	}
	spec := &specs.Spec{
		Version:    specs.Version,
		Root:       &specs.Root{Path: r.Root, Readonly: r.ReadOnly},
		Hostname:   r.Hostname,
		Domainname: r.Domainname,
		Mounts:     append([]specs.Mount{overlay}, mounts(r)...),
		Process:    process,
		Linux: &specs.Linux{
			Namespaces:    namespaces(r),
			MaskedPaths:   r.MaskedPaths,
			ReadonlyPaths: r.ReadonlyPaths,
		},
	}
	if r.Host.NewUser {
		spec.Linux.UIDMappings, spec.Linux.GIDMappings = r.Host.uidMap, r.Host.gidMap
	}
	return spec, nil
}

// Process returns the part of config.json that says what is executed, as whom.
func Process(r Request) (*specs.Process, error) {
	// What a container that ran before has written counts as well.
	user, err := findUser(append([]string{r.Upper}, r.Layers...), r.User, r.Host, r.Groups...)
	if err != nil {
		return nil, err
	}
	return &specs.Process{
		Terminal:     r.Terminal,
		User:         user.User,
		Args:         r.Args,
		Env:          environment(r, user),
		Cwd:          path.Join("/", r.WorkingDir),
		Capabilities: capabilities(),
	}, nil
}

// overlayMount stacks the layers and puts the container's own on top.
func overlayMount(r Request) (specs.Mount, error) {
	options := layer.OverlayOptions(r.Layers, r.Upper, r.Work, r.UserXattr)
	if r.Volatile && r.Host.VolatileOverlay {
		// When an overlay is unmounted, all that is not yet on the disk of its
		// file system is written, other programs' files too. Not for this one.
		options = append(options, "volatile")
	}
	if err := layer.CheckOptions(options); err != nil {
		return specs.Mount{}, fmt.Errorf("stacking the image's layers: %w", err)
	}
	return specs.Mount{Destination: "/", Type: "overlay", Source: "overlay", Options: options}, nil
}

// environment completes the container's variables as Docker does: the engine's
// own stand before those of the image and the user, which win.
func environment(r Request, user account) []string {
	env := []string{"PATH=" + DefaultPath}
	if r.Hostname != "" {
		env = append(env, "HOSTNAME="+r.Hostname)
	}
	if r.Terminal {
		env = append(env, "TERM=xterm")
	}
	env = MergeEnv(env, r.Env)
	if !hasVariable(env, "HOME") {
		env = append(env, "HOME="+user.home)
	}
	return env
}

// capabilities are the default ones, for a root process and for what it
// executes. A process of another user loses them when it is executed; none are
// inheritable, so that no file can bring them back. See capabilities(7).
func capabilities() *specs.LinuxCapabilities {
	names := security.DefaultCapabilities()
	return &specs.LinuxCapabilities{Bounding: names, Effective: names, Permitted: names}
}

// kinds are the namespaces a container has, in the order in which the runtime
// enters or makes them.
func kinds() []specs.LinuxNamespaceType {
	return []specs.LinuxNamespaceType{
		specs.MountNamespace, specs.PIDNamespace, specs.UTSNamespace,
		specs.IPCNamespace, specs.NetworkNamespace, specs.CgroupNamespace,
	}
}

// namespaces lists the container's namespaces. One that is not listed stays the
// creator's, which is what "host" means.
func namespaces(r Request) []specs.LinuxNamespace {
	var list []specs.LinuxNamespace
	if r.Host.NewUser {
		list = append(list, specs.LinuxNamespace{Type: specs.UserNamespace})
	}
	for _, kind := range kinds() {
		if wanted := r.Namespaces[kind]; !wanted.Host {
			list = append(list, specs.LinuxNamespace{Type: kind, Path: wanted.Path})
		}
	}
	return list
}
