package runtime

import (
	"maps"
	"slices"

	"drydock/mini-docker/rootfs"
	"drydock/mini-docker/security"
	"drydock/mini-docker/security/seccomp"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/opencontainers/runtime-spec/specs-go/features"
)

// Features says what this runtime can do, whatever the machine can. See OCI
// runtime-spec features.md.
func Features() features.Features {
	yes, no := true, false
	var namespaces []string
	for _, each := range slices.Sorted(maps.Keys(kindOf)) {
		namespaces = append(namespaces, string(each))
	}
	return features.Features{
		OCIVersionMin: "1.0.0", OCIVersionMax: specs.Version,
		Hooks:        []string{"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"},
		MountOptions: rootfs.Options(),
		Linux: &features.Linux{
			Namespaces: namespaces, Capabilities: security.Names(),
			Cgroup:   &features.Cgroup{V1: &yes, V2: &yes, Systemd: &no, SystemdUser: &no, Rdma: &no},
			Seccomp:  &features.Seccomp{Enabled: &yes, Actions: seccomp.Actions(), Operators: seccomp.Operators(), Archs: seccomp.Architectures()},
			Apparmor: &features.Apparmor{Enabled: &no}, Selinux: &features.Selinux{Enabled: &no},
			IntelRdt:        &features.IntelRdt{Enabled: &no},
			MountExtensions: &features.MountExtensions{IDMap: &features.IDMap{Enabled: &no}},
		},
	}
}
