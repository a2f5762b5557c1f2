package kinds

import (
	"fmt"
	"time"

	"drydock/mini-k8s/api"
)

// podRow tells a pod in one line. What stands under Status is not a field: it is
// the most telling of the phase, the pod's reason and its containers' reasons.
func podRow(o *api.Object, now time.Time) []any {
	spec, status := api.Map(o.Object, "spec"), api.Map(o.Object, "status")
	sum := countContainers(spec, status)
	restarts := fmt.Sprint(sum.restarts)
	if sum.restarts != 0 && !sum.lastRestart.IsZero() {
		restarts = fmt.Sprintf("%d (%s ago)", sum.restarts, api.Age(sum.lastRestart, now))
	}
	return []any{
		o.GetName(), fmt.Sprintf("%d/%d", sum.ready, sum.total), podStatus(o, sum), restarts, api.ObjectAge(o, now),
		orNone(api.String(status, "podIP")), orNone(api.String(spec, "nodeName")), orNone(api.String(status, "nominatedNodeName")), readinessGates(o),
	}
}

// containerSum is what the containers of a pod come to.
type containerSum struct {
	ready, total int
	restarts     int64
	lastRestart  time.Time
	initializing string // how far the containers that come first are; empty when past
	reason       string // of the first container that has one
	running      bool   // one is running and ready
}

func countContainers(spec, status map[string]any) containerSum {
	sum := containerSum{total: len(api.Maps(spec, "containers"))}
	sidecars := map[string]bool{}
	for _, container := range api.Maps(spec, "initContainers") {
		if api.String(container, "restartPolicy") == "Always" {
			sidecars[api.String(container, "name")] = true
			sum.total++
		}
	}
	sum.addInitial(spec, status, sidecars)
	if sum.initializing != "" {
		return sum
	}
	sum.restarts, sum.lastRestart = 0, time.Time{}
	for _, each := range append(api.Maps(status, "initContainerStatuses"), api.Maps(status, "containerStatuses")...) {
		if isInitial := hasName(spec, "initContainers", api.String(each, "name")); !isInitial || sidecars[api.String(each, "name")] {
			sum.addRestarts(each)
			sum.addContainer(each, isInitial)
		}
	}
	return sum
}

func hasName(spec map[string]any, list, name string) bool {
	for _, container := range api.Maps(spec, list) {
		if api.String(container, "name") == name {
			return true
		}
	}
	return false
}

func (s *containerSum) addRestarts(status map[string]any) {
	s.restarts += api.Int(status, "restartCount")
	if end := api.Time(status, "lastState", "terminated", "finishedAt"); end.After(s.lastRestart) {
		s.lastRestart = end
	}
}

// addInitial looks for the first init container that has not done its part.
func (s *containerSum) addInitial(spec, status map[string]any, sidecars map[string]bool) {
	for i, each := range api.Maps(status, "initContainerStatuses") {
		s.addRestarts(each)
		terminated, waiting := api.Map(each, "state", "terminated"), api.String(each, "state", "waiting", "reason")
		switch {
		case terminated != nil && api.Int(terminated, "exitCode") == 0:
			continue
		case sidecars[api.String(each, "name")] && api.Bool(each, "started"):
			if api.Bool(each, "ready") {
				s.ready++
			}
			continue
		case terminated != nil:
			s.initializing = "Init:" + exitReason(terminated)
		case waiting != "" && waiting != "PodInitializing":
			s.initializing = "Init:" + waiting
		default:
			s.initializing = fmt.Sprintf("Init:%d/%d", i, len(api.Maps(spec, "initContainers")))
		}
		return
	}
	s.ready = 0
}

func (s *containerSum) addContainer(status map[string]any, isInitial bool) {
	waiting, terminated := api.String(status, "state", "waiting", "reason"), api.Map(status, "state", "terminated")
	isReady := api.Bool(status, "ready") && api.Map(status, "state", "running") != nil
	if isReady {
		s.ready++
	}
	switch {
	case isInitial:
	case isReady:
		s.running = true
	case s.reason != "":
	case waiting != "":
		s.reason = waiting
	case terminated != nil:
		s.reason = exitReason(terminated)
	}
}

// exitReason words how a container ended.
func exitReason(terminated map[string]any) string {
	switch reason, signal := api.String(terminated, "reason"), api.Int(terminated, "signal"); {
	case reason != "":
		return reason
	case signal != 0:
		return fmt.Sprintf("Signal:%d", signal)
	}
	return fmt.Sprintf("ExitCode:%d", api.Int(terminated, "exitCode"))
}

func podStatus(o *api.Object, sum containerSum) string {
	reason := api.String(o.Object, "status", "phase")
	if why := api.String(o.Object, "status", "reason"); why != "" {
		reason = why
	}
	if len(api.Maps(o.Object, "spec", "schedulingGates")) > 0 && reason == "Pending" {
		reason = "SchedulingGated"
	}
	switch {
	case sum.initializing != "":
		reason = sum.initializing
	case sum.reason != "":
		reason = sum.reason
	}
	if reason == "Completed" && sum.running {
		reason = "NotReady"
		if isTrue(o, "Ready") {
			reason = "Running"
		}
	}
	switch phase := api.String(o.Object, "status", "phase"); {
	case o.GetDeletionTimestamp() == nil:
	case api.String(o.Object, "status", "reason") == "NodeLost":
		reason = "Unknown"
	case phase != "Failed" && phase != "Succeeded":
		reason = "Terminating"
	}
	return reason
}

func readinessGates(o *api.Object) string {
	gates := api.Maps(o.Object, "spec", "readinessGates")
	if len(gates) == 0 {
		return "<none>"
	}
	held := 0
	for _, gate := range gates {
		if isTrue(o, api.String(gate, "conditionType")) {
			held++
		}
	}
	return fmt.Sprintf("%d/%d", held, len(gates))
}
