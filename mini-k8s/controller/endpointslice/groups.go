package endpointslice

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"slices"

	"drydock/mini-k8s/controller"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// Group is the pods of a Service that have the same ports: all of them, unless a
// port goes by a name that pods give different numbers.
type Group struct {
	Family    discoveryv1.AddressType
	Ports     []discoveryv1.EndpointPort
	Endpoints []discoveryv1.Endpoint
}

// key is what makes groups, and slices, one.
func key(family discoveryv1.AddressType, ports []discoveryv1.EndpointPort) string {
	text, _ := json.Marshal(ports) // of texts and numbers: cannot fail
	return string(family) + string(text)
}

// Groups says what is behind a Service, of those pods that it selects.
func Groups(service *corev1.Service, pods []*corev1.Pod) []Group {
	byKey := map[string]*Group{}
	var order []string
	pods = slices.Clone(pods)
	slices.SortFunc(pods, func(a, b *corev1.Pod) int { return cmp.Compare(a.Name, b.Name) })
	for _, pod := range pods {
		address, err := netip.ParseAddr(pod.Status.PodIP)
		if err != nil || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			continue // it has no address yet, or no more
		}
		family := discoveryv1.AddressTypeIPv4
		if address.Is6() {
			family = discoveryv1.AddressTypeIPv6
		}
		ports := portsOf(service, pod)
		at := key(family, ports)
		if byKey[at] == nil {
			byKey[at] = &Group{Family: family, Ports: ports}
			order = append(order, at)
		}
		byKey[at].Endpoints = append(byKey[at].Endpoints, endpoint(service, pod))
	}
	var groups []Group
	for _, at := range order {
		groups = append(groups, *byKey[at])
	}
	return groups
}

// endpoint describes a pod. One that ends still serves until it has, which is
// for proxies that have nobody else; it is ready no more.
func endpoint(service *corev1.Service, pod *corev1.Pod) discoveryv1.Endpoint {
	serving, terminating := controller.IsReady(pod), pod.DeletionTimestamp != nil
	ready := serving && !terminating || service.Spec.PublishNotReadyAddresses
	e := discoveryv1.Endpoint{
		Addresses:  []string{pod.Status.PodIP},
		Conditions: discoveryv1.EndpointConditions{Ready: &ready, Serving: &serving, Terminating: &terminating},
		TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID},
		NodeName:   &pod.Spec.NodeName,
	}
	if pod.Spec.Hostname != "" && pod.Spec.Subdomain == service.Name {
		e.Hostname = &pod.Spec.Hostname
	}
	return e
}

// portsOf is where a pod answers for a Service. A port whose name the pod does
// not know is left out.
func portsOf(service *corev1.Service, pod *corev1.Pod) []discoveryv1.EndpointPort {
	var ports []discoveryv1.EndpointPort
	for i := range service.Spec.Ports {
		port := &service.Spec.Ports[i]
		if number := targetPort(port, pod); number > 0 {
			ports = append(ports, discoveryv1.EndpointPort{Name: &port.Name, Protocol: &port.Protocol, Port: &number, AppProtocol: port.AppProtocol})
		}
	}
	return ports
}

// targetPort is the number that a Service's port has in a pod; 0 when none.
func targetPort(port *corev1.ServicePort, pod *corev1.Pod) int32 {
	if name := port.TargetPort.StrVal; name != "" {
		for _, container := range pod.Spec.Containers {
			for _, own := range container.Ports {
				if own.Name == name && cmp.Or(own.Protocol, corev1.ProtocolTCP) == cmp.Or(port.Protocol, corev1.ProtocolTCP) {
					return own.ContainerPort
				}
			}
		}
		return 0
	}
	return cmp.Or(port.TargetPort.IntVal, port.Port)
}
