package drawing

import "drydock/labs/see"

// clustered is a cluster of two nodes, of which the second has a pod of one
// container, and what else is there on a node: a proxy, a kubelet, a shim.
func clustered() see.Scene {
	first := with(outside(), see.Namespaces{"pid": 5001, "mnt": 5002, "uts": 5003, "net": 5004})
	second := with(outside(), see.Namespaces{"pid": 5011, "mnt": 5012, "uts": 5013, "net": 5014})
	pod := with(second, see.Namespaces{"pid": 5021, "mnt": 5022, "uts": 5023, "net": 5024})
	container := with(pod, see.Namespaces{"pid": 5031, "mnt": 5032})
	one := func(pid, parent int, command string, in see.Namespaces) see.Process {
		return see.Process{PID: pid, PPID: parent, Started: uint64(pid), NSpid: []int{pid, 1}, Command: command, Namespaces: in}
	}
	eth := func(address string) []see.Link { return []see.Link{{Name: "eth0", Addresses: []string{address}}} }
	web := see.Service{Name: "default/web", Address: "10.96.0.3:80/tcp", NodePort: 30080, To: []string{"10.244.2.2:80"}}
	return see.Scene{
		Boot: "boot", Here: outside(),
		Processes: []see.Process{
			one(1, 0, "sandbox-init", outside()),
			one(20, 1, "mini-k8s apiserver --data-dir /var/lib", outside()),
			one(31, 1, "/usr/local/bin/mini-k8s node-init --name node-2", second),
			one(40, 1, "mini-k8s node-init --name node-1", first),
			one(41, 31, "mini-k8s kubelet", second),
			one(42, 41, "mini-docker-shim", second),
			one(43, 42, "pause", pod),
			one(44, 41, "mini-docker-shim", second),
			one(45, 44, "httpd -f", container),
			one(46, 45, "httpd -f", container),
		},
		Hosts: []see.Host{{Namespace: 5003, Name: "node-1"}, {Namespace: 5013, Name: "node-2"}, {Namespace: 5023, Name: "web-5m2pv"}},
		Networks: []see.Network{
			{Namespace: 5004, Links: eth("172.30.0.2/24"), Services: []see.Service{web, {Address: "10.96.0.4:53/udp"}}},
			{Namespace: 5014, Links: eth("172.30.0.3/24"), Services: []see.Service{web}},
			{Namespace: 5024, Links: eth("10.244.2.2/32")},
		},
	}
}
