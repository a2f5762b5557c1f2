package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"drydock/mini-k8s/client"

	corev1 "k8s.io/api/core/v1"
)

// Status is how a cluster is.
type Status struct {
	Server     string
	Processes  []Process
	Nodes      []corev1.Node
	NotReached error // why the API server told of no nodes
}

// Process is one that runs, and its number on this machine.
type Process struct {
	PID  int
	Name string // the component
	Node string // empty for those of the control plane
}

// Status tells how the cluster is. The error is ErrNotRunning if it does not run.
func (c *Cluster) Status(ctx context.Context) (Status, error) {
	if err := c.sweep(); err == nil {
		return Status{}, ErrNotRunning
	}
	r, err := c.record()
	if err != nil {
		return Status{}, err
	}
	s := Status{Server: r.Server, Processes: append([]Process{{PID: r.Keeper, Name: "keeper"}}, components(r.Init, "")...)}
	api, err := client.Load(c.Kubeconfig())
	if err == nil {
		s.Nodes, err = client.Of[corev1.Node](api).List(ctx, "", client.Selector{})
	}
	s.NotReached = err
	return s, nil
}

// components finds the components among the children of a process, by what they
// were started as, and within a node its own.
func components(parent int, node string) (found []Process) {
	for _, pid := range children(parent) {
		args := arguments(pid)
		if len(args) < 2 || args[0] != program {
			continue
		}
		switch args[1] {
		case "node":
			name := valueOf(args, "--name")
			found = append(found, Process{pid, "node", name})
			for _, init := range children(pid) {
				found = append(found, components(init, name)...)
			}
		default:
			found = append(found, Process{pid, args[1], node})
		}
	}
	return found
}

// children are the processes that a process has started. See proc_pid_task(5),
// children.
func children(pid int) (all []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is sound
	for _, file := range files {
		text, _ := os.ReadFile(file) // it may have ended meanwhile
		for word := range strings.FieldsSeq(string(text)) {
			if child, err := strconv.Atoi(word); err == nil {
				all = append(all, child)
			}
		}
	}
	return all
}

func arguments(pid int) []string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)) // it may have ended meanwhile
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
}

func valueOf(args []string, flag string) string {
	for i, each := range args[:len(args)-1] {
		if each == flag {
			return args[i+1]
		}
	}
	return ""
}
