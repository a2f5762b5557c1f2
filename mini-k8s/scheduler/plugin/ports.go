package plugin

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// HostPorts asks that no other pod of a node holds a port of the node that a pod
// wants.
type HostPorts struct{}

// Filter refuses a node on which a port is taken.
func (HostPorts) Filter(pod *corev1.Pod, node *Node) []string {
	for _, wanted := range hostPorts(pod) {
		for _, other := range node.Pods {
			if slices.ContainsFunc(hostPorts(other), func(taken corev1.ContainerPort) bool { return collide(wanted, taken) }) {
				return []string{"node(s) didn't have free ports for the requested pod ports"}
			}
		}
	}
	return nil
}

func hostPorts(pod *corev1.Pod) []corev1.ContainerPort {
	var ports []corev1.ContainerPort
	for _, c := range pod.Spec.Containers {
		for _, port := range c.Ports {
			if port.HostPort > 0 {
				ports = append(ports, port)
			}
		}
	}
	return ports
}

// collide reports whether two ports are one: of the same address, or of all.
func collide(a, b corev1.ContainerPort) bool {
	const all = "0.0.0.0"
	ip, other := cmp.Or(a.HostIP, all), cmp.Or(b.HostIP, all)
	return a.HostPort == b.HostPort && cmp.Or(a.Protocol, corev1.ProtocolTCP) == cmp.Or(b.Protocol, corev1.ProtocolTCP) &&
		(ip == other || ip == all || other == all)
}
