package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/engine/container"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// infoObject is what `info` prints and --format sees, by Docker's names.
type infoObject struct {
	Containers, ContainersRunning, ContainersPaused, ContainersStopped, Images int

	ServerVersion, Driver, CgroupVersion, KernelVersion string
	OperatingSystem, OSType, Architecture, Name         string
	DockerRootDir                                       string

	NCPU            int
	MemTotal        int64 // bytes
	SecurityOptions []string
}

func (c *cli) infoCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "info [OPTIONS]",
		Short: "Display system-wide information",
		Args:  atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			object, err := c.info(cmd)
			if err != nil {
				return err
			}
			if format != "" {
				return printObjects(c.stdout, []any{object}, format)
			}
			return c.printInfo(object)
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&format, "format", "f", "", "Format output using a custom template: 'json' or 'TEMPLATE'")
	return cmd
}

// info gathers what is known of the engine and the machine.
func (c *cli) info(cmd *cobra.Command) (infoObject, error) {
	e, err := c.open()
	if err != nil {
		return infoObject{}, err
	}
	object := thisMachine()
	object.DockerRootDir = e.Root()
	containers, err := e.List(cmd.Context())
	if err != nil {
		return object, err
	}
	object.Containers = len(containers)
	for _, each := range containers {
		switch each.State.Status {
		case container.Running:
			object.ContainersRunning++
		case container.Paused:
			object.ContainersPaused++
		default:
			object.ContainersStopped++
		}
	}
	store, err := e.Images(cmd.Context())
	if err != nil {
		return object, err
	}
	images, err := store.List()
	object.Images = len(images)
	return object, err
}

// thisMachine asks the kernel. See uname(2), sysinfo(2), os-release(5).
func thisMachine() infoObject {
	object := infoObject{
		ServerVersion: version, Driver: "overlay", OSType: runtime.GOOS, NCPU: runtime.NumCPU(),
		CgroupVersion: cgroupVersion(), OperatingSystem: operatingSystem(), SecurityOptions: []string{},
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		object.KernelVersion = unix.ByteSliceToString(name.Release[:])
		object.Architecture = unix.ByteSliceToString(name.Machine[:])
		object.Name = unix.ByteSliceToString(name.Nodename[:])
	}
	var memory unix.Sysinfo_t
	if unix.Sysinfo(&memory) == nil {
		object.MemTotal = int64(memory.Totalram) * int64(memory.Unit)
	}
	if os.Geteuid() != 0 {
		object.SecurityOptions = append(object.SecurityOptions, "name=rootless")
	}
	return object
}

// cgroupVersion says which version of cgroups limits are in force in.
func cgroupVersion() string {
	trees, err := cgroup.Find()
	if err != nil || trees.InForce() == 0 {
		return "none"
	}
	return strconv.Itoa(trees.InForce())
}

func operatingSystem() string {
	text, _ := os.ReadFile("/etc/os-release")
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
			return strings.Trim(strings.TrimSpace(name), `"`)
		}
	}
	return "Linux"
}

func (c *cli) printInfo(o infoObject) error {
	options := ""
	for _, each := range o.SecurityOptions {
		options += "Security Option: " + strings.TrimPrefix(each, "name=") + "\n"
	}
	_, err := fmt.Fprintf(c.stdout, `Containers: %d
 Running: %d
 Paused: %d
 Stopped: %d
Images: %d
Server Version: %s
Storage Driver: %s
Cgroup Version: %s
%sKernel Version: %s
Operating System: %s
OSType: %s
Architecture: %s
CPUs: %d
Total Memory: %s
Name: %s
Root Dir: %s
`, o.Containers, o.ContainersRunning, o.ContainersPaused, o.ContainersStopped, o.Images, o.ServerVersion, o.Driver,
		o.CgroupVersion, options, o.KernelVersion, o.OperatingSystem,
		o.OSType, o.Architecture, o.NCPU, units.BytesSize(float64(o.MemTotal)), o.Name, o.DockerRootDir)
	return err
}
