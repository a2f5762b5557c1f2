package hardening

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"drydock/mini-docker/security"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// applied returns what a container with the settings is told.
func applied(t *testing.T, s Settings, host Host) (*specs.Spec, error) {
	t.Helper()
	if err := s.Complete(); err != nil {
		return nil, err
	}
	spec := &specs.Spec{
		Process: &specs.Process{},
		Mounts:  []specs.Mount{{Destination: "/", Type: "overlay"}, {Destination: "/dev/shm", Type: "tmpfs"}, {Destination: "/sys", Options: []string{"nosuid", "ro"}}},
		Linux:   &specs.Linux{Namespaces: []specs.LinuxNamespace{{Type: specs.NetworkNamespace}, {Type: specs.IPCNamespace, Path: "/proc/1/ns/ipc"}}},
	}
	if host.Guarded {
		spec.Linux.Resources = &specs.LinuxResources{Devices: []specs.LinuxDeviceCgroup{{Access: "rwm"}}}
	}
	return spec, s.Apply(spec, host)
}

var (
	root = Host{Guarded: true, OwnsDevices: true}
	user = Host{}
)

func TestCapabilities(t *testing.T) {
	all := []string{"CAP_CHOWN", "CAP_KILL", "CAP_SYS_ADMIN"}
	for _, test := range []struct{ add, drop, want string }{
		{"ALL", "", "CAP_CHOWN CAP_KILL CAP_SYS_ADMIN"},
		{"all", "chown", "CAP_KILL CAP_SYS_ADMIN"},
		{"", "ALL", ""},
		{"CAP_KILL", "all", "CAP_KILL"},
		{"sys_admin", "CAP_CHOWN", strings.Join(append(slices.DeleteFunc(security.DefaultCapabilities(), func(n string) bool { return n == "CAP_CHOWN" }), "CAP_SYS_ADMIN"), " ")},
		{"kill", "", strings.Join(security.DefaultCapabilities(), " ")},
	} {
		add, err := normalize(strings.Fields(test.add))
		drop, err2 := normalize(strings.Fields(test.drop))
		if got := strings.Join(choose(add, drop, slices.Clone(all)), " "); got != test.want || err != nil || err2 != nil {
			t.Errorf("add %q, drop %q: got %q, %v, %v; want %q", test.add, test.drop, got, err, err2, test.want)
		}
	}
}

func TestWithoutAGuardNobodyMakesDevices(t *testing.T) {
	for _, test := range []struct {
		host Host
		want bool
	}{{root, true}, {Host{OwnsDevices: true}, false}, {user, true}} {
		spec, err := applied(t, Settings{}, test.host)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(spec.Process.Capabilities.Bounding, "CAP_MKNOD"); got != test.want {
			t.Errorf("%+v: CAP_MKNOD: got %v, want %v", test.host, got, test.want)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	for want, s := range map[string]Settings{
		`invalid CapAdd: unknown capability: "foo"`:                                                                               {CapAdd: []string{"foo"}},
		`invalid CapDrop: unknown capability: "CAP_"`:                                                                             {CapDrop: []string{"CAP_"}},
		`invalid --security-opt 2: "foo"`:                                                                                         {SecurityOpt: []string{"foo"}},
		`invalid --security-opt 2: "no-new-privileges:perhaps"`:                                                                   {SecurityOpt: []string{"no-new-privileges:perhaps"}},
		`--security-opt apparmor is not supported: there are no-new-privileges and seccomp`:                                       {SecurityOpt: []string{"apparmor=x"}},
		`Invalid value 1001, range for oom score adj is [-1000, 1000]`:                                                            {OomScoreAdj: 1001},
		`SHM size can not be less than 0`:                                                                                         {ShmSize: -1},
		`invalid mount path: 'x' mount path must be absolute`:                                                                     {Tmpfs: map[string]string{"x": ""}},
		`invalid specification: destination can't be '/'`:                                                                         {Tmpfs: map[string]string{"/x/..": ""}},
		"invalid mount path: '/proc/sys' would hide a part of /proc, on which the container's protection rests":                   {Tmpfs: map[string]string{"/proc/sys": ""}},
		"invalid seccomp profile: number 2 of its syscalls is null":                                                               {SecurityOpt: []string{`seccomp={"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{}, null]}`}},
		"invalid seccomp profile: it has no \"defaultAction\" and would be no filter: to run without one, say seccomp=unconfined": {SecurityOpt: []string{"seccomp={}"}},
		"Decoding seccomp profile failed: invalid character 'x' looking for beginning of value":                                   {SecurityOpt: []string{"seccomp=x"}},
		`Invalid tmpfs option "size"`:                                                                                             {Tmpfs: map[string]string{"/x": "size"}},
		`Invalid tmpfs option "size=abc"`:                                                                                         {Tmpfs: map[string]string{"/x": "mode=1777,size=abc"}},
		`Invalid tmpfs option "mode=9"`:                                                                                           {Tmpfs: map[string]string{"/x": "mode=9"}},
		`Invalid tmpfs option "bind"`:                                                                                             {Tmpfs: map[string]string{"/x": "bind"}},
		`Invalid tmpfs option "upperdir=/"`:                                                                                       {Tmpfs: map[string]string{"/x": "upperdir=/"}},
		`sysctl "kernel.sem" is not allowed in a ipc namespace that is not the container's own`:                                   {Sysctls: map[string]string{"kernel.sem": "1"}},
		`sysctl 'kernel.panic=1' is not allowed`:                                                                                  {Sysctls: map[string]string{"kernel.panic": "1"}},
		`error gathering device information while adding custom device "/nope": no such file or directory`:                        {Devices: []Device{{"/nope", "/x", "rwm"}}},
		`error gathering device information while adding custom device "/proc/version": not a device node`:                        {Devices: []Device{{"/proc/version", "/x", "rwm"}}},
	} {
		if _, err := applied(t, s, root); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestTheDefaultFilterAndItsAbsence(t *testing.T) {
	for _, test := range []struct {
		s    Settings
		want bool
	}{
		{Settings{}, true},
		{Settings{SecurityOpt: []string{"seccomp=builtin"}}, true},
		{Settings{SecurityOpt: []string{"seccomp=unconfined"}}, false},
		{Settings{SecurityOpt: []string{"seccomp:unconfined"}}, false},
		{Settings{Privileged: true}, false},
		{Settings{Privileged: true, SecurityOpt: []string{`seccomp={"defaultAction":"SCMP_ACT_ALLOW"}`}}, true},
	} {
		spec, err := applied(t, test.s, root)
		if err != nil {
			t.Fatal(err)
		}
		if got := spec.Linux.Seccomp != nil; got != test.want {
			t.Errorf("%+v: a filter: got %v, want %v", test.s, got, test.want)
		}
	}
}

func TestPrivileged(t *testing.T) {
	s := Settings{Privileged: true}
	spec, err := applied(t, s, root)
	if err != nil {
		t.Fatal(err)
	}
	all, _ := security.Bounding()
	if !slices.Equal(spec.Process.Capabilities.Bounding, all) {
		t.Errorf("got %v, want what this process could have", spec.Process.Capabilities.Bounding)
	}
	if slices.Contains(spec.Mounts[2].Options, "ro") {
		t.Error("/sys is read-only")
	}
	if !slices.ContainsFunc(spec.Linux.Resources.Devices, func(d specs.LinuxDeviceCgroup) bool { return d.Allow && d.Type == "" }) {
		t.Errorf("got the rules %v, want all devices allowed", spec.Linux.Resources.Devices)
	}
	if s.Complete(); s.MaskedPaths != nil || s.ReadonlyPaths != nil {
		t.Errorf("got masks: %v %v", s.MaskedPaths, s.ReadonlyPaths)
	}
}

func TestTmpfsComesAfterWhatItIsMountedIn(t *testing.T) {
	spec, err := applied(t, Settings{Tmpfs: map[string]string{"/dev/shm": "size=1m,exec", "/a/b/c": "", "/a": "mode=01700"}}, root)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, each := range spec.Mounts {
		got = append(got, each.Destination+":"+strings.Join(each.Options, ","))
	}
	want := "/: /sys:nosuid,ro /a:noexec,nosuid,nodev,mode=01700 /dev/shm:nosuid,nodev,size=1m,exec /a/b/c:noexec,nosuid,nodev"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
}

func TestDevices(t *testing.T) {
	for text, want := range map[string]string{
		"/dev/a":          "/dev/a /dev/a rwm",
		"/dev/a:/dev/b":   "/dev/a /dev/b rwm",
		"/dev/a:r":        "/dev/a /dev/a r",
		"/dev/a:/dev/b:w": "/dev/a /dev/b w",
		"/dev/a:/b:x":     "bad mode specified: x",
		"/dev/a:b":        "b is not an absolute path",
		"a:b:c:d":         "bad format for path: a:b:c:d",
		"":                "bad format for path: ",
	} {
		d, err := ParseDevice(text)
		got := strings.Join([]string{d.PathOnHost, d.PathInContainer, d.CgroupPermissions}, " ")
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestADeviceIsANodeForRootAndABindForOthers(t *testing.T) {
	s := Settings{Devices: []Device{{"/dev/null", "/dev/nothing", "rwm"}}}
	spec, err := applied(t, s, root)
	if err != nil {
		t.Fatal(err)
	}
	rule, _ := json.Marshal(spec.Linux.Resources.Devices[1])
	if d := spec.Linux.Devices; len(d) != 1 || d[0].Path != "/dev/nothing" || d[0].Minor != 3 ||
		string(rule) != `{"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"}` {
		t.Errorf("root: got %+v and the rule %s", d, rule)
	}
	spec, err = applied(t, s, user)
	if m := spec.Mounts[len(spec.Mounts)-1]; err != nil || m.Source != "/dev/null" || m.Destination != "/dev/nothing" || len(spec.Linux.Devices) > 0 {
		t.Errorf("another: got %+v, %v", m, err)
	}
	s.Devices[0].CgroupPermissions = "r"
	if _, err := applied(t, s, user); err == nil || !strings.Contains(err.Error(), "takes a cgroup") {
		t.Errorf("another, to read only: got %v, want that nobody can enforce it", err)
	}
}

func TestUlimits(t *testing.T) {
	spec, err := applied(t, Settings{Ulimits: []Ulimit{{"nofile", 20, 10}, {"core", -1, -1}}}, root)
	if err != nil {
		t.Fatal(err)
	}
	want := []specs.POSIXRlimit{{Type: "RLIMIT_NOFILE", Hard: 20, Soft: 10}, {Type: "RLIMIT_CORE", Hard: ^uint64(0), Soft: ^uint64(0)}}
	if !slices.Equal(spec.Process.Rlimits, want) {
		t.Errorf("got %+v, want %+v", spec.Process.Rlimits, want)
	}
	for _, text := range []string{"nofile", "foo=1", "nofile=2:1", "nofile=a"} {
		if _, err := ParseUlimit(text); err == nil {
			t.Errorf("%s: got no error", text)
		}
	}
}

func TestReadOnlyMounts(t *testing.T) {
	got := readOnlyMounts("1 0 0:1 / / rw - ext4 /dev/vda rw\n" +
		"2 1 0:2 / /proc rw,nosuid - proc proc rw\n" +
		"3 2 0:2 /sys/vm /proc/sys/vm ro,nosuid shared:3 - proc proc rw\n" +
		"4 2 0:2 /sys/fs /proc/sys/fs ro - proc proc rw\n" +
		"5 2 0:2 /sys/fs /proc/sys/fs rw - proc proc rw\n" +
		"6 1 0:3 / /sys ro,nosuid - sysfs sysfs rw\n" +
		"7 1 0:4 / /system ro - tmpfs tmpfs ro\n")
	if want := []string{"/proc/sys/vm", "/sys"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPrivilegedIsBoundedByTheEngine(t *testing.T) {
	bounded := root
	bounded.ReadOnly = []string{"/proc/sys/vm", "/sys"}
	spec, err := applied(t, Settings{Privileged: true}, bounded)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"/proc/sys/vm"}; !slices.Equal(spec.Linux.ReadonlyPaths, want) {
		t.Errorf("read-only: got %q, want %q", spec.Linux.ReadonlyPaths, want)
	}
	if sys := spec.Mounts[len(spec.Mounts)-1]; sys.Destination != "/sys" || !slices.Contains(sys.Options, "ro") {
		t.Errorf("/sys: got %+v, want it read-only", sys)
	}
}
