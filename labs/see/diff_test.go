package see

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"drydock/testscripts/facts"
)

// small is a world with one process in namespaces of its own.
func small() Scene {
	here := Namespaces{"pid": 1, "mnt": 2, "uts": 3, "net": 4, "user": 5}
	in := Namespaces{"pid": 11, "mnt": 12, "uts": 13, "net": 14, "user": 15}
	return Scene{
		Boot: "b", Here: here,
		Processes: []Process{
			{PID: 1, Started: 1, Command: "init", Namespaces: here, Cgroup: "/"},
			{PID: 7, PPID: 1, Started: 2, Command: "sh", Namespaces: in, Cgroup: "/box"},
		},
		Hosts:    []Host{{3, "host"}, {13, "box"}},
		Users:    []UserMap{{15, nil}},
		Networks: []Network{{Namespace: 4, Links: []Link{{Name: "lo"}}}, {Namespace: 14, Links: []Link{{Name: "lo"}}}},
		Mounts:   []MountNamespace{{Namespace: 2}, {Namespace: 12, Mounts: []Mount{at("/proc")}}},
		Cgroups:  []Cgroup{{Path: "/"}, {Path: "/box"}},
	}
}

func at(target string, options ...string) Mount {
	return Mount{Mount: facts.Mount{Type: "tmpfs", Target: target, Root: "/", Propagation: "private", Options: options}}
}

func TestDiff(t *testing.T) {
	bytes := uint64(1)
	tests := []struct {
		name   string
		change func(*Scene)
		want   []string
	}{
		{"nothing", func(*Scene) {}, nil},
		{"use is no change", func(s *Scene) { s.Cgroups[1].MemoryBytes = &bytes }, nil},
		{"state is no change", func(s *Scene) { s.Processes[1].State = "R" }, nil},
		{"a process came", func(s *Scene) {
			s.Processes = append(s.Processes, Process{PID: 9, PPID: 1, Started: 5, Command: "ls", Namespaces: s.Here})
		}, []string{"+ process 9 ls"}},
		{"exec", func(s *Scene) { s.Processes[1].Command = "sleep 1" }, []string{"~ process 7 sleep 1 (was sh)"}},
		{"a new parent, user and cgroup", func(s *Scene) {
			s.Processes[1].PPID, s.Processes[1].UID, s.Processes[1].Cgroup = 2, 1000, "/"
		}, []string{"~ process 7 sh (was a child of 1, user 0, in cgroup /box)"}},
		{"death", func(s *Scene) {
			s.Processes[1].State, s.Processes[1].Namespaces = "Z", Namespaces{"pid": 11}
		}, []string{
			"~ process 7 sh (was alive, as sh)", "- namespace user 15", "- namespace mnt 12", "- namespace uts 13", "- namespace net 14",
		}},
		{"a process with its namespaces went", func(s *Scene) {
			s.Processes, s.Hosts, s.Users, s.Networks, s.Mounts, s.Cgroups = s.Processes[:1], s.Hosts[:1], nil, s.Networks[:1], s.Mounts[:1], s.Cgroups[:1]
		}, []string{
			"- process 7 sh", "- namespace user 15", "- namespace pid 11", "- namespace mnt 12", "- namespace uts 13", "- namespace net 14", "- cgroup /box",
		}},
		{"a PID and the namespaces' numbers given again", func(s *Scene) {
			s.Processes[1].Started = 9
			s.Hosts[1].Name = "other"
		}, []string{
			"+ process 7 sh", "- process 7 sh",
			"+ namespace user 15", "- namespace user 15", "+ namespace pid 11", "- namespace pid 11", "+ namespace mnt 12", "- namespace mnt 12",
			"+ namespace uts 13", "- namespace uts 13", "+ namespace net 14", "- namespace net 14",
		}},
		{"unshare", func(s *Scene) {
			s.Processes[1].Namespaces = Namespaces{"pid": 11, "mnt": 12, "uts": 99, "net": 14, "user": 15}
			s.Hosts[1].Namespace = 99
		}, []string{"~ process 7 sh (was in uts 13)", "+ namespace uts 99", "- namespace uts 13"}},
		{"a host name, ours and another", func(s *Scene) { s.Hosts = []Host{{3, "new"}, {13, "newer"}} },
			[]string{"~ host name new (was host)", "~ host name newer (was box)"}},
		{"a map of ids", func(s *Scene) { s.Users[0].Ranges = []IDRange{{0, 1000, 1}} },
			[]string{"~ user ids 0 inside is 1000 outside (was no map yet: everyone is nobody)"}},
		{"links", func(s *Scene) {
			s.Networks[0].Links = []Link{{Name: "eth0", Addresses: []string{"10.0.0.1/8"}}}
			s.Networks[1].Links = []Link{{Name: "lo", Addresses: []string{"127.0.0.1/8"}}}
		}, []string{
			"+ interface eth0 10.0.0.1/8", "- interface lo without address", "~ interface lo 127.0.0.1/8 (was lo without address)",
		}},
		{"mounts", func(s *Scene) {
			s.Mounts[0].Mounts = []Mount{at("/mnt"), at("/mnt")}
			s.Mounts[1].Mounts = []Mount{at("/proc", "ro")}
		}, []string{
			"+ mount tmpfs on /mnt", "+ mount tmpfs on /mnt", "~ mount tmpfs on /proc, read-only (was tmpfs on /proc)",
		}},
		{"a limit", func(s *Scene) { s.Cgroups[1].MemoryMaxBytes, s.Cgroups[1].TasksMax = 20<<20, 5 },
			[]string{"~ cgroup /box, memory at most 20 MiB, tasks at most 5 (was /box)"}},
	}
	for _, tt := range tests {
		after := small()
		tt.change(&after)
		var got []string
		for _, c := range Diff(small(), after).List {
			got = append(got, c.String())
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
}

// Whoever goes back finds the opposite.
func TestDiffBackwards(t *testing.T) {
	after := small()
	after.Processes = after.Processes[:1]
	forth, back := Diff(small(), after), Diff(after, small())
	if forth.Count(Gone) != back.Count(Came) || forth.Count(Gone) == 0 || back.Count(Gone) != 0 {
		t.Errorf("got forth %v, back %v", forth.List, back.List)
	}
}

// The scene is kept as JSON between two looks, and must come back as it was.
func TestASceneSurvivesItsFile(t *testing.T) {
	start(t, ordinary, "mount")
	before := look(t)
	text, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	var after Scene
	if err := json.Unmarshal(text, &after); err != nil {
		t.Fatal(err)
	}
	if list := Diff(before, after).List; len(list) != 0 {
		t.Errorf("got changes %v, want none", list)
	}
	if !reflect.DeepEqual(before.Processes, after.Processes) || !Comparable(before, after) {
		t.Errorf("got\n%+v\nwant\n%+v", after.Processes, before.Processes)
	}
}

func TestAnotherBootOrSandboxIsNotComparable(t *testing.T) {
	boot, other := small(), small()
	boot.Boot = "another"
	other.Here = Namespaces{"pid": 99}
	if Comparable(small(), boot) || Comparable(small(), other) || !Comparable(small(), small()) {
		t.Error("got a comparison of two worlds, or none of one")
	}
}

func ExampleDiff() {
	before, after := small(), small()
	after.Hosts[0].Name = "renamed"
	for _, c := range Diff(before, after).List {
		fmt.Println(c)
	}
	// Output: ~ host name renamed (was host)
}
