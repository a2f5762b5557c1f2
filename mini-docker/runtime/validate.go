package runtime

import (
	"errors"
	"fmt"

	"drydock/mini-docker/namespace"
	"drydock/mini-docker/rootfs"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// validate refuses what this runtime does not do, by name: a setting that is
// silently ignored is worse than a container that does not start.
func validate(spec *specs.Spec) error {
	if spec == nil || spec.Process == nil || len(spec.Process.Args) == 0 {
		return errors.New("process.args is empty: there is nothing to run")
	}
	if spec.Root == nil || spec.Root.Path == "" {
		return errors.New("root.path is empty: there is nothing to run in")
	}
	if spec.Linux == nil || !isNew(spec.Linux, specs.MountNamespace) {
		return errors.New("linux.namespaces has no new mount namespace: " +
			"the container's root file system would replace the host's")
	}
	for _, each := range spec.Linux.Namespaces {
		kind, known := kindOf[each.Type]
		if !known {
			return fmt.Errorf("namespaces of type %q are not supported", each.Type)
		}
		if each.Path != "" && kind == namespace.User {
			return errors.New("joining a user namespace is not supported: " +
				"the kernel refuses it to a program of several threads")
		}
	}
	for _, each := range spec.Mounts {
		if err := rootfs.CheckOptions(each); err != nil {
			return err
		}
	}
	for _, each := range unsupported(spec) {
		if each.isSet {
			return fmt.Errorf("%s is not supported", each.name)
		}
	}
	return nil
}

// setting is a part of config.json and whether it is there.
type setting struct {
	name  string
	isSet bool
}

// unsupported lists the settings this runtime does not know how to obey.
func unsupported(spec *specs.Spec) []setting {
	linux, process := spec.Linux, spec.Process
	return []setting{
		{"hooks", spec.Hooks != nil},
		{"process.apparmorProfile", process.ApparmorProfile != ""},
		{"process.selinuxLabel", process.SelinuxLabel != ""},
		{"process.scheduler", process.Scheduler != nil},
		{"process.ioPriority", process.IOPriority != nil},
		{"process.execCPUAffinity", process.ExecCPUAffinity != nil},
		{"linux.intelRdt", linux.IntelRdt != nil},
		{"linux.mountLabel", linux.MountLabel != ""},
		{"linux.personality", linux.Personality != nil},
		{"linux.timeOffsets", len(linux.TimeOffsets) > 0},
	}
}
