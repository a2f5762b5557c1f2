package runtime

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// refused are the parts of config.json that this runtime does not do. Together
// with those that it obeys they are all there are: a field that the next version
// of the specification adds has to be put on one side or the other.
var refused = set(
	"process.commandLine", "process.user.username",
	"process.apparmorProfile", "process.selinuxLabel",
	"process.scheduler", "process.ioPriority", "process.execCPUAffinity",
	"mounts.uidMappings", "mounts.gidMappings",
	"solaris", "windows", "vm", "zos", "freebsd",
	"linux.netDevices", "linux.mountLabel", "linux.intelRdt", "linux.memoryPolicy", "linux.personality", "linux.timeOffsets",
	"linux.seccomp.flags", "linux.seccomp.listenerPath", "linux.seccomp.listenerMetadata",
	"linux.resources.memory.useHierarchy", "linux.resources.memory.checkBeforeUpdate",
	"linux.resources.cpu.burst", "linux.resources.cpu.realtimeRuntime", "linux.resources.cpu.realtimePeriod", "linux.resources.cpu.idle",
	"linux.resources.blockIO.leafWeight", "linux.resources.blockIO.weightDevice",
	"linux.resources.blockIO.throttleReadBpsDevice", "linux.resources.blockIO.throttleWriteBpsDevice",
	"linux.resources.blockIO.throttleReadIOPSDevice", "linux.resources.blockIO.throttleWriteIOPSDevice",
	"linux.resources.hugepageLimits", "linux.resources.network", "linux.resources.rdma",
)

// plainSpec is a container that asks for nothing in particular.
func plainSpec() *specs.Spec {
	return &specs.Spec{
		Process: &specs.Process{Args: []string{"true"}, Cwd: "/"},
		Root:    &specs.Root{Path: "rootfs"},
		Linux: &specs.Linux{Namespaces: []specs.LinuxNamespace{
			{Type: specs.MountNamespace}, {Type: specs.UTSNamespace}, {Type: specs.IPCNamespace}, {Type: specs.NetworkNamespace},
		}},
	}
}

// eachField calls visit with every field of config.json that holds no others
// that are told apart, by its name and the way to it through the types.
func eachField(name string, kind reflect.Type, way []int, visit func(name string, way []int)) {
	for kind.Kind() == reflect.Pointer || kind.Kind() == reflect.Slice {
		kind = kind.Elem()
	}
	if obeyed[name] || refused[name] || kind.Kind() != reflect.Struct {
		visit(name, way)
		return
	}
	for i := range kind.NumField() {
		eachField(below(name, kind.Field(i)), kind.Field(i).Type, append(slices.Clone(way), i), visit)
	}
}

// fill sets a value, and something in it, so that it is none of those which ask
// for nothing.
func fill(value reflect.Value) {
	switch value.Kind() {
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		fill(value.Elem())
	case reflect.Struct:
		for i := range value.NumField() {
			fill(value.Field(i))
		}
	case reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 1, 1))
		fill(value.Index(0))
	case reflect.Map:
		value.Set(reflect.MakeMap(value.Type()))
		key, element := reflect.New(value.Type().Key()).Elem(), reflect.New(value.Type().Elem()).Elem()
		fill(key)
		fill(element)
		value.SetMapIndex(key, element)
	case reflect.String:
		value.SetString("x")
	case reflect.Bool:
		value.SetBool(true)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		value.SetUint(1)
	case reflect.Int, reflect.Int32, reflect.Int64:
		value.SetInt(1)
	case reflect.Interface:
		value.Set(reflect.ValueOf("x"))
	}
}

// at goes the way to a field of a value, through what has to be made for it.
func at(value reflect.Value, way []int) reflect.Value {
	for _, i := range way {
		for value.Kind() == reflect.Pointer || value.Kind() == reflect.Slice {
			switch {
			case value.Kind() == reflect.Slice && value.Len() == 0:
				value.Set(reflect.MakeSlice(value.Type(), 1, 1))
			case value.Kind() == reflect.Slice:
				value = value.Index(0)
			case value.IsNil():
				value.Set(reflect.New(value.Type().Elem()))
			default:
				value = value.Elem()
			}
		}
		value = value.Field(i)
	}
	return value
}

func TestEveryFieldOfTheSpecificationIsObeyedOrRefusedByName(t *testing.T) {
	seen := map[string]bool{}
	eachField("", reflect.TypeFor[specs.Spec](), nil, func(name string, way []int) {
		seen[name] = true
		if !obeyed[name] && !refused[name] {
			t.Errorf("%s is neither obeyed nor refused: is it new?", name)
		}
		spec := plainSpec()
		fill(at(reflect.ValueOf(spec), way))
		err := refuseUnknown("", reflect.ValueOf(spec))
		switch {
		case obeyed[name] && err != nil:
			t.Errorf("%s is obeyed, and refused: %v", name, err)
		case refused[name] && (err == nil || !strings.HasPrefix(err.Error(), name)):
			t.Errorf("%s: got %v, want that it is refused by name", name, err)
		}
	})
	for _, name := range slices.Concat(slices.Collect(maps.Keys(obeyed)), slices.Collect(maps.Keys(refused))) {
		if !seen[name] {
			t.Errorf("%s is not a part of config.json", name)
		}
	}
}

func TestWhatAsksForNothingIsNoReasonToRefuse(t *testing.T) {
	// As engines write it: objects with nothing in them, a 0, a false.
	spec := plainSpec()
	must := json.Unmarshal([]byte(`{"hooks": {}, "linux": {"resources": {"network": {}, "hugepageLimits": [], "rdma": {},
		"memory": {"disableOOMKiller": false, "kernel": 0}, "cpu": {"realtimePeriod": 0}, "blockIO": {"leafWeight": 0}}}}`), spec)
	if err := refuseUnknown("", reflect.ValueOf(spec)); err != nil || must != nil {
		t.Errorf("got %v, %v", err, must)
	}
}

func TestNothingIsSetInANamespaceThatIsTheMachines(t *testing.T) {
	own := func(kind specs.LinuxNamespaceType) string {
		return "/proc/self/ns/" + map[specs.LinuxNamespaceType]string{
			specs.UTSNamespace: "uts", specs.IPCNamespace: "ipc", specs.NetworkNamespace: "net"}[kind]
	}
	for want, change := range map[string]func(*specs.Spec){
		"hostname needs a uts namespace":              func(s *specs.Spec) { s.Hostname = "x" },
		"domainname needs a uts namespace":            func(s *specs.Spec) { s.Domainname = "x" },
		`"kernel.domainname" needs a uts`:             func(s *specs.Spec) { s.Linux.Sysctl = map[string]string{"kernel.domainname": "x"} },
		`"net.ipv4.ip_forward" needs a network`:       func(s *specs.Spec) { s.Linux.Sysctl = map[string]string{"net.ipv4.ip_forward": "1"} },
		`"net/ipv4/ip_forward" needs a network`:       func(s *specs.Spec) { s.Linux.Sysctl = map[string]string{"net/ipv4/ip_forward": "1"} },
		`"kernel.shmmax" needs a ipc`:                 func(s *specs.Spec) { s.Linux.Sysctl = map[string]string{"kernel.shmmax": "1"} },
		`"fs.mqueue.msg_max" needs a ipc`:             func(s *specs.Spec) { s.Linux.Sysctl = map[string]string{"fs.mqueue.msg_max": "1"} },
		`"kernel.core_pattern" is not a setting`:      func(s *specs.Spec) { s.Linux.Sysctl = map[string]string{"kernel.core_pattern": "x"} },
		`"net/../kernel/core_pattern" is not`:         func(s *specs.Spec) { s.Linux.Sysctl = map[string]string{"net/../kernel/core_pattern": "x"} },
		`"net./../kernel" is not`:                     func(s *specs.Spec) { s.Linux.Sysctl = map[string]string{"net./../kernel": "x"} },
		`"kernel.hostname" is not a setting`:          func(s *specs.Spec) { s.Linux.Sysctl = map[string]string{"kernel.hostname": "x"} },
		"linux.gidMappings need a new user namespace": func(s *specs.Spec) { s.Linux.UIDMappings = []specs.LinuxIDMapping{{Size: 1}} },
	} {
		spec := plainSpec()
		change(spec)
		isAlways := strings.Contains(want, " is not") || strings.Contains(want, "user namespace")
		if err := validate(spec); err != nil && !isAlways {
			t.Errorf("with namespaces of its own: got %v", err)
		}
		// Not listed, or joined by a path that leads to where one is already.
		for _, joined := range []bool{false, true} {
			spec := plainSpec()
			change(spec)
			spec.Linux.Namespaces = spec.Linux.Namespaces[:1]
			for _, kind := range []specs.LinuxNamespaceType{specs.UTSNamespace, specs.IPCNamespace, specs.NetworkNamespace} {
				if joined {
					spec.Linux.Namespaces = append(spec.Linux.Namespaces, specs.LinuxNamespace{Type: kind, Path: own(kind)})
				}
			}
			if err := validate(spec); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("joined %t: got %v, want %q", joined, err, want)
			}
		}
	}
}

func TestWhatNobodyWouldObeyIsRefused(t *testing.T) {
	mount := func(m specs.Mount) func(*specs.Spec) {
		return func(s *specs.Spec) { s.Mounts = append(s.Mounts, m) }
	}
	for want, change := range map[string]func(*specs.Spec){
		`"nosuit" is unknown`:      mount(specs.Mount{Destination: "/x", Options: []string{"bind", "nosuit"}}),
		`"idmap" is unknown`:       mount(specs.Mount{Destination: "/x", Type: "bind", Options: []string{"idmap"}}),
		"remount is not supported": mount(specs.Mount{Destination: "/x", Options: []string{"remount"}}),
		"hide a part of /proc":     mount(specs.Mount{Destination: "/proc/cpuinfo", Options: []string{"bind"}}),
		`Propagation "public"`:     func(s *specs.Spec) { s.Linux.RootfsPropagation = "public" },
		"RLIMIT_CPU twice": func(s *specs.Spec) {
			s.Process.Rlimits = []specs.POSIXRlimit{{Type: "RLIMIT_CPU"}, {Type: "RLIMIT_CPU", Hard: 1}}
		},
		"hostname has 65 bytes, and the kernel takes 64 at most":   func(s *specs.Spec) { s.Hostname = strings.Repeat("x", 65) },
		"domainname has 65 bytes, and the kernel takes 64 at most": func(s *specs.Spec) { s.Domainname = strings.Repeat("x", 65) },
		`has the type "uts" twice`: func(s *specs.Spec) {
			s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UTSNamespace, Path: "/proc/self/ns/uts"})
		},
		"createContainer: the path \"x\" has to be absolute": func(s *specs.Spec) {
			s.Hooks = &specs.Hooks{CreateContainer: []specs.Hook{{Path: "x"}}}
		},
		"the timeout of /x is 0": func(s *specs.Spec) {
			s.Hooks = &specs.Hooks{Poststop: []specs.Hook{{Path: "/x", Timeout: new(int)}}}
		},
		"refuses every system call": func(s *specs.Spec) {
			s.Linux.Seccomp = &specs.LinuxSeccomp{DefaultAction: specs.ActErrno}
		},
		"linux is missing":   func(s *specs.Spec) { s.Linux = nil },
		`cwd is ""`:          func(s *specs.Spec) { s.Process.Cwd = "" },
		`cwd is "tmp"`:       func(s *specs.Spec) { s.Process.Cwd = "tmp" },
		`limit "RLIMIT_FLY"`: func(s *specs.Spec) { s.Process.Rlimits = []specs.POSIXRlimit{{Type: "RLIMIT_FLY"}} },
	} {
		spec := plainSpec()
		change(spec)
		if err := validate(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// Engines write the options of a tmpfs to whatever they mount, as runtime-tools do.
func TestWhatABindCannotHaveIsWarnedOf(t *testing.T) {
	spec := plainSpec()
	spec.Mounts = []specs.Mount{
		{Destination: "/x", Source: "/", Options: []string{"nosuid", "mode=755", "size=1k", "rbind"}},
		{Destination: "/y", Type: "tmpfs", Options: []string{"mode=755"}},
	}
	if err := validate(spec); err != nil {
		t.Errorf("got %v", err)
	}
	var warned []string
	(&Runtime{Warn: func(text string) { warned = append(warned, text) }}).warnOfMounts(spec)
	if len(warned) != 2 || !strings.Contains(warned[0], "/x: the option mode=755") || !strings.Contains(warned[1], "size=1k") {
		t.Errorf("warned of %q, want the two of /x", warned)
	}
}

func TestAnInterfacesNameMayHoldADot(t *testing.T) {
	for name, want := range map[string]string{
		"net.ipv4.conf.eth0/1.forwarding": "net/ipv4/conf/eth0.1/forwarding",
		"net/ipv4/conf/eth0.1/forwarding": "net/ipv4/conf/eth0.1/forwarding",
		"kernel.shmmax":                   "kernel/shmmax",
	} {
		if got := sysctlFile(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}
