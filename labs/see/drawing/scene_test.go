package drawing

import (
	"slices"

	"drydock/labs/see"
	"drydock/testscripts/facts"
)

// outside are the namespaces of the sandbox that the tests draw.
func outside() see.Namespaces {
	return see.Namespaces{
		"user": 4026531837, "pid": 4026532180, "mnt": 4026532177, "uts": 4026532178,
		"ipc": 4026532179, "net": 4026532182, "cgroup": 4026532181, "time": 4026531834,
	}
}

// with returns namespaces of which some are others.
func with(ns see.Namespaces, changed see.Namespaces) see.Namespaces {
	all := see.Namespaces{}
	for k, id := range ns {
		all[k] = id
	}
	for k, id := range changed {
		all[k] = id
	}
	return all
}

func pointer(n uint64) *uint64 { return &n }

func mount(kind, root, target string, options ...string) see.Mount {
	return see.Mount{Mount: facts.Mount{
		Target: target, Device: "0:40", Root: root, Type: kind, Source: kind,
		Propagation: "private", Options: options,
	}}
}

const (
	layerID     = "7540364d731ca30720caf813f2b1da421729fe5d307b4a4416d6235728c04fce"
	containerID = "7c7631f6737b177e5049a478bf946196d9cad7ac0669acafd7a8a7acea5a5e25"
)

// contained are the namespaces of the container in sandbox.
func contained() see.Namespaces {
	return with(outside(), see.Namespaces{
		"pid": 4026532254, "mnt": 4026532251, "uts": 4026532252,
		"ipc": 4026532253, "net": 4026532256, "cgroup": 4026532255,
	})
}

// sandbox is a scene with all that can be drawn: a container with limits and
// layers, a process that joined its network, a zombie, a user namespace in
// the container, and a command that would colour the terminal.
func sandbox() see.Scene {
	in := contained()
	root := mount("overlay", "/", "/", "rw")
	root.Lower = []string{"/var/lib/mini-docker/layers/" + layerID, "/var/lib/mini-docker/layers/base"}
	root.Upper = "/var/lib/mini-docker/containers/" + containerID + "/upper"
	root.Work = "/var/lib/mini-docker/containers/" + containerID + "/work"
	return see.Scene{
		Boot: "boot", Here: outside(),
		Processes: []see.Process{
			{PID: 1, Started: 10, NSpid: []int{1}, Command: "sandbox-init", Namespaces: outside(), Cgroup: "/"},
			{PID: 10, PPID: 1, Started: 11, NSpid: []int{10}, Command: "sh -c \x1b[31mred\n日本 && " + layerID, Namespaces: outside(), Cgroup: "/"},
			{PID: 15, PPID: 10, Started: 12, NSpid: []int{15}, Command: "mini-docker run --memory 20m mini/box sh", Namespaces: outside(), Cgroup: "/"},
			{PID: 29, PPID: 15, Started: 13, NSpid: []int{29, 1}, Command: "sh", Namespaces: in, Cgroup: "/mini-docker/" + containerID},
			{PID: 31, PPID: 29, Started: 14, NSpid: []int{31, 2}, Command: "stress --memory 5m", Namespaces: in, Cgroup: "/mini-docker/" + containerID},
			{
				PID: 33, PPID: 29, Started: 15, NSpid: []int{33, 3}, Command: "sleep 9", UID: 1000,
				Namespaces: with(in, see.Namespaces{"user": 4026532300}), Cgroup: "/mini-docker/" + containerID + "/inner",
			},
			{PID: 40, PPID: 10, Started: 16, NSpid: []int{40}, Command: "true", State: "Z", Namespaces: see.Namespaces{"pid": 4026532180}, Cgroup: "/"},
			{
				PID: 41, PPID: 1, Started: 17, NSpid: []int{41}, Command: "httpd", Cgroup: "/",
				Namespaces: with(outside(), see.Namespaces{"net": 4026532256, "ipc": 4026532310}),
			},
		},
		Hosts: []see.Host{{Namespace: 4026532178, Name: "drydock"}, {Namespace: 4026532252, Name: "7c7631f6737b"}},
		Users: []see.UserMap{
			{Namespace: 4026531837, Ranges: []see.IDRange{{Size: 1 << 32}}},
			{Namespace: 4026532300, Ranges: []see.IDRange{{Outside: 1000, Size: 1}, {Inside: 1, Outside: 100000, Size: 65536}}},
		},
		Mounts: []see.MountNamespace{
			{Namespace: 4026532177, Mounts: []see.Mount{mount("tmpfs", "/", "/", "rw")}},
			{Namespace: 4026532251, Lost: 22, Mounts: []see.Mount{
				root, mount("proc", "/", "/proc", "rw"), mount("tmpfs", "/", "/dev", "rw"), mount("devpts", "/", "/dev/pts", "rw"),
				mount("sysfs", "/", "/sys", "ro"), mount("tmpfs", "/c/hosts", "/etc/hosts", "rw"), mount("tmpfs", "/null", "/dev/null", "rw"),
				mount("proc", "/sys", "/proc/sys", "ro"), mount("tmpfs", "/null", "/proc/keys", "rw"), mount("tmpfs", "/", "/sys/firmware", "ro"),
			}},
		},
		Networks: []see.Network{
			{Namespace: 4026532182, Links: []see.Link{
				{Name: "bridge0", Addresses: []string{"172.17.0.1/16"}, Kind: "bridge"},
				{Name: "lo", Addresses: []string{"127.0.0.1/8", "::1/128"}},
				{Name: "veth7c7631f", Kind: "veth", Bridge: "bridge0", Peer: &see.Peer{Namespace: 4026532256, Name: "eth0"}},
			}, Ports: []see.Port{{Listens: "8080/tcp", To: "172.17.0.2:80", Bridge: "bridge0"}}},
			{Namespace: 4026532256, Links: []see.Link{
				{
					Name: "eth0", Addresses: []string{"172.17.0.2/16"}, Gateway: "172.17.0.1",
					Kind: "veth", Peer: &see.Peer{Namespace: 4026532182, Name: "veth7c7631f"},
				}, {Name: "lo"},
			}},
		},
		Images: []see.Image{
			{ID: "sha256:" + layerID, Names: []string{"mini/box:latest"}, SizeBytes: 5 << 20, Layers: []string{"sha256:" + layerID}},
			{ID: "sha256:" + containerID, Names: []string{"web:1"}, SizeBytes: 6 << 20, Layers: []string{"sha256:" + containerID, "sha256:" + layerID}},
		},
		Cgroups: []see.Cgroup{
			{Path: "/"},
			{
				Path: "/mini-docker/" + containerID, MemoryBytes: pointer(13 << 20), MemoryMaxBytes: 20 << 20,
				Tasks: pointer(1), TasksMax: 512,
			},
			{Path: "/mini-docker/" + containerID + "/inner", MemoryBytes: pointer(1 << 20)},
		},
	}
}

// nested is the sandbox as a shell in a user namespace sees it: the kernel shows
// it nobody's namespaces but those of its own, and one root directory.
func nested() see.Scene {
	s := sandbox()
	in := with(outside(), see.Namespaces{"user": 4026532300, "uts": 4026532301})
	hidden := see.Namespaces{}
	s.Here = see.Namespaces{"pid": 4026532180}
	s.Inherited = with(outside(), nil)
	delete(s.Inherited, "user")
	delete(s.Inherited, "uts")
	s.You, s.Hidden = 31, []int{1, 10}
	s.Processes = []see.Process{
		{PID: 1, Started: 10, NSpid: []int{1}, Command: "sandbox-init", Namespaces: hidden, Cgroup: "/"},
		{PID: 10, PPID: 1, Started: 11, NSpid: []int{10}, Command: "sh", Namespaces: hidden, Cgroup: "/"},
		{PID: 31, PPID: 10, Started: 14, NSpid: []int{31}, Command: "sh", Namespaces: in, Cgroup: "/"},
		{PID: 32, PPID: 31, Started: 15, NSpid: []int{32}, Command: "sh", Namespaces: in, Cgroup: "/", Root: "/cell/below"},
	}
	s.Hosts = []see.Host{{Namespace: 4026532301, Name: "blue"}}
	s.Users = []see.UserMap{{Namespace: 4026532300, Ranges: []see.IDRange{{Size: 1}}}}
	s.Mounts, s.Networks, s.Images = nil, s.Networks[:1], nil
	return s
}

// later is the sandbox a while after: the container with all that was in it is
// gone, another one has some of its namespaces' numbers, and the sandbox has a
// host name, a mount and an interface that it had not.
func later() see.Scene {
	s := sandbox()
	kept := []int{1, 10, 15, 41}
	s.Processes = slices.DeleteFunc(s.Processes, func(p see.Process) bool { return !slices.Contains(kept, p.PID) })
	s.Processes[2].Command = "sleep 3"
	s.Processes = append(s.Processes, see.Process{
		PID: 50, PPID: 10, Started: 30, NSpid: []int{50, 1}, Command: "sh", Cgroup: "/",
		Namespaces: with(outside(), see.Namespaces{"pid": 4026532254, "mnt": 4026532251, "uts": 4026532400}),
	})
	s.Hosts = []see.Host{{Namespace: 4026532178, Name: "renamed"}, {Namespace: 4026532400, Name: "new"}}
	s.Users = s.Users[:1]
	s.Mounts = []see.MountNamespace{
		{Namespace: 4026532177, Mounts: append(s.Mounts[0].Mounts, mount("tmpfs", "/", "/mnt", "rw"))},
		{Namespace: 4026532251},
	}
	s.Networks[0].Links = append(s.Networks[0].Links, see.Link{Name: "veth0"})
	s.Networks[1].Links = s.Networks[1].Links[1:]
	s.Cgroups = s.Cgroups[:1]
	s.Images = s.Images[:1]
	s.Networks[0].Ports = []see.Port{{Listens: "127.0.0.1:53/udp", To: "172.17.0.3:53", Bridge: "bridge0"}}
	return s
}
