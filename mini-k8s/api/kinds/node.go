package kinds

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"drydock/mini-k8s/api"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// node is a machine that runs pods.
func node() *api.Kind {
	return &api.Kind{
		Version: "v1", Kind: "Node", Plural: "nodes", Singular: "node", Short: []string{"no"},
		StoredAs:   "minions",
		Typed:      func() runtime.Object { return &corev1.Node{} },
		HasStatus:  true,
		Selectable: []string{"spec.unschedulable"},
		Default: func(o *api.Object) {
			for _, taint := range api.Maps(o.Object, "spec", "taints") {
				if api.String(taint, "effect") == "NoExecute" {
					api.Default(taint, time.Now().UTC().Format(time.RFC3339), "timeAdded")
				}
			}
		},
		Columns: []api.Column{
			nameColumn, text("Status", "The status of the node"), text("Roles", "The roles of the node"), ageColumn,
			text("Version", "Kubelet Version reported by the node."),
			wide("Internal-IP", "List of addresses reachable to the node."), wide("External-IP", "List of addresses reachable to the node."),
			wide("OS-Image", "OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy))."),
			wide("Kernel-Version", "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64)."),
			wide("Container-Runtime", "ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2)."),
		},
		Row: nodeRow,
	}
}

func nodeRow(o *api.Object, now time.Time) []any {
	info := func(name string) string {
		return cmp.Or(api.String(o.Object, "status", "nodeInfo", name), "<unknown>")
	}
	return []any{
		o.GetName(), nodeStatus(o), nodeRoles(o), api.ObjectAge(o, now), api.String(o.Object, "status", "nodeInfo", "kubeletVersion"),
		nodeAddress(o, "InternalIP"), nodeAddress(o, "ExternalIP"),
		info("osImage"), info("kernelVersion"), info("containerRuntimeVersion"),
	}
}

func nodeStatus(o *api.Object) string {
	status := "Unknown"
	for _, condition := range api.Maps(o.Object, "status", "conditions") {
		if api.String(condition, "type") == "Ready" {
			status = "NotReady"
			if api.String(condition, "status") == "True" {
				status = "Ready"
			}
		}
	}
	if api.Bool(o.Object, "spec", "unschedulable") {
		status += ",SchedulingDisabled"
	}
	return status
}

func nodeRoles(o *api.Object) string {
	var roles []string
	for label, value := range o.GetLabels() {
		if role, ok := strings.CutPrefix(label, "node-role.kubernetes.io/"); ok && role != "" {
			roles = append(roles, role)
		} else if label == "kubernetes.io/role" && value != "" {
			roles = append(roles, value)
		}
	}
	slices.Sort(roles)
	return orNone(strings.Join(roles, ","))
}

func nodeAddress(o *api.Object, kind string) string {
	for _, address := range api.Maps(o.Object, "status", "addresses") {
		if api.String(address, "type") == kind {
			return api.String(address, "address")
		}
	}
	return "<none>"
}
