package runtime

import (
	"fmt"
	"reflect"
	"strings"
)

// obeyed are the parts of config.json that this runtime does, with all that is
// in them. Whatever else is set is refused by name, what a later version of the
// specification adds included: a setting that is silently passed over is worse
// than a container that does not start.
var obeyed = set(
	"ociVersion", "annotations", "hostname", "domainname",
	"hooks", "root.path", "root.readonly",
	"mounts.destination", "mounts.type", "mounts.source", "mounts.options",

	"process.args", "process.env", "process.cwd", "process.terminal", "process.consoleSize",
	"process.user.uid", "process.user.gid", "process.user.umask", "process.user.additionalGids",
	"process.capabilities", "process.rlimits", "process.noNewPrivileges", "process.oomScoreAdj",

	"linux.namespaces", "linux.uidMappings", "linux.gidMappings", "linux.sysctl",
	"linux.devices", "linux.maskedPaths", "linux.readonlyPaths", "linux.rootfsPropagation",
	"linux.seccomp.defaultAction", "linux.seccomp.defaultErrnoRet", "linux.seccomp.architectures", "linux.seccomp.syscalls",

	"linux.cgroupsPath", "linux.resources.devices", "linux.resources.pids", "linux.resources.unified",
	"linux.resources.memory.limit", "linux.resources.memory.reservation", "linux.resources.memory.swap",
	"linux.resources.memory.kernel", "linux.resources.memory.kernelTCP",
	"linux.resources.memory.swappiness", "linux.resources.memory.disableOOMKiller",
	"linux.resources.cpu.shares", "linux.resources.cpu.quota", "linux.resources.cpu.period",
	"linux.resources.cpu.cpus", "linux.resources.cpu.mems",
	"linux.resources.blockIO.weight",
)

func set(names ...string) map[string]bool {
	members := map[string]bool{}
	for _, name := range names {
		members[name] = true
	}
	return members
}

// refuseUnknown returns an error that names a part which is set and not obeyed.
// Engines write a 0 or a false for what nobody asked for.
// name is that of value in config.json, "" for the whole.
func refuseUnknown(name string, value reflect.Value) error {
	if obeyed[name] || value.IsZero() {
		return nil
	}
	switch value.Kind() {
	case reflect.Pointer:
		return refuseUnknown(name, value.Elem())
	case reflect.Struct:
		for i := range value.NumField() {
			if err := refuseUnknown(below(name, value.Type().Field(i)), value.Field(i)); err != nil {
				return err
			}
		}
		return nil
	case reflect.Slice:
		if value.Len() > 0 && value.Type().Elem().Kind() == reflect.Struct {
			for i := range value.Len() {
				if err := refuseUnknown(name, value.Index(i)); err != nil {
					return err
				}
			}
			return nil
		}
		fallthrough
	case reflect.Map:
		if value.Len() == 0 {
			return nil
		}
	}
	return fmt.Errorf("%s is not supported", name)
}

// below is the name of a field of what name stands for. One struct within
// another has no name of its own.
func below(name string, field reflect.StructField) string {
	tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	switch {
	case field.Anonymous && tag == "":
		return name
	case name == "":
		return tag
	}
	return name + "." + tag
}
