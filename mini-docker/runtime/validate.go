package runtime

import (
	"errors"
	"fmt"
	"path"
	"reflect"

	"drydock/mini-docker/namespace"
	"drydock/mini-docker/rootfs"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// validate refuses what this runtime does not do, by name, and what would act on
// the machine in the place of the container.
func validate(spec *specs.Spec) error {
	if spec == nil || spec.Process == nil || len(spec.Process.Args) == 0 {
		return errors.New("process.args is empty: there is nothing to run")
	}
	if cwd := spec.Process.Cwd; !path.IsAbs(cwd) {
		return fmt.Errorf("process.cwd is %q: it has to be an absolute path", cwd)
	}
	if spec.Root == nil || spec.Root.Path == "" {
		return errors.New("root.path is empty: there is nothing to run in")
	}
	if spec.Linux == nil {
		return errors.New("linux is missing: there is nothing that says which namespaces are the container's own")
	}
	if err := refuseUnknown("", reflect.ValueOf(spec)); err != nil {
		return err
	}
	return errors.Join(checkNamespaces(spec), checkSysctls(spec.Linux), checkMounts(spec), checkHooks(spec.Hooks), checkFilter(spec.Linux.Seccomp), checkLimits(spec.Process.Rlimits))
}

// maxName is how many bytes the kernel takes of a host name, and of a domain name.
// See uname(2).
const maxName = len(unix.Utsname{}.Nodename) - 1

// checkNamespaces refuses those that cannot be had, and what is set in one that
// the container does not have to itself.
func checkNamespaces(spec *specs.Spec) error {
	seen := map[specs.LinuxNamespaceType]bool{}
	for _, each := range spec.Linux.Namespaces {
		kind, known := kindOf[each.Type]
		if !known {
			return fmt.Errorf("namespaces of type %q are not supported", each.Type)
		}
		if seen[each.Type] {
			return fmt.Errorf("linux.namespaces has the type %q twice", each.Type)
		}
		seen[each.Type] = true
		if each.Path != "" && kind == namespace.User {
			return errors.New("joining a user namespace is not supported: " +
				"the kernel refuses it to a program of several threads")
		}
	}
	for name, value := range map[string]string{"hostname": spec.Hostname, "domainname": spec.Domainname} {
		if value != "" && !isOwn(spec.Linux, specs.UTSNamespace) {
			return fmt.Errorf("%s needs a uts namespace of the container's own: it would change the machine's", name)
		}
		if len(value) > maxName {
			return fmt.Errorf("%s has %d bytes, and the kernel takes %d at most", name, len(value), maxName)
		}
	}
	maps := len(spec.Linux.UIDMappings) + len(spec.Linux.GIDMappings)
	if maps > 0 && !isNew(spec.Linux, specs.UserNamespace) {
		return errors.New("linux.uidMappings and linux.gidMappings need a new user namespace")
	}
	return nil
}

// checkFilter refuses a profile under which no command could be executed: the first
// process, which lives by system calls until then, would end without a word.
func checkFilter(profile *specs.LinuxSeccomp) error {
	if profile == nil || profile.DefaultAction != specs.ActErrno || len(profile.Syscalls) > 0 {
		return nil
	}
	return fmt.Errorf("linux.seccomp: the default action %s without a rule refuses every system call, "+
		"that of executing the command included: allow what it takes, or use another default action", profile.DefaultAction)
}

// checkMounts refuses options that nobody would obey.
func checkMounts(spec *specs.Spec) error {
	for _, each := range spec.Mounts {
		if err := rootfs.CheckOptions(each); err != nil {
			return err
		}
	}
	if kind := spec.Linux.RootfsPropagation; !rootfs.IsPropagation(kind) {
		return fmt.Errorf("linux.rootfsPropagation %q is none of shared, slave, private and unbindable", kind)
	}
	return nil
}
