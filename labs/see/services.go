package see

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/mini-k8s/proxy/rules"
)

// Service is an address that leads to one of several pods: rules of a node's kernel.
type Service struct {
	Name     string   `json:"name,omitempty"` // namespace/name; "" where nobody is behind it, of which the kernel keeps none
	Address  string   `json:"address"`        // 10.96.0.3:80/tcp
	NodePort uint16   `json:"nodePort,omitempty"`
	To       []string `json:"to,omitempty"` // addresses and ports of pods
}

// String is the service as a line.
func (s Service) String() string {
	text := strings.TrimSpace(s.Name + " " + s.Address)
	if s.NodePort != 0 {
		text += fmt.Sprintf(" and port %d of each node", s.NodePort)
	}
	if len(s.To) == 0 {
		return text + ", nobody behind it"
	}
	return text + " -> " + strings.Join(s.To, ", ")
}

// serve fills in which addresses lead to pods, in each network namespace whose
// packet filter may be asked.
func (s *Scene) serve(doors map[uint64]Process) {
	for i := range s.Networks {
		if p, ok := doors[s.Networks[i].Namespace]; ok {
			s.Networks[i].Services = servicesOf(p.PID)
		}
	}
}

func servicesOf(pid int) []Service {
	path := fmt.Sprintf("/proc/%d/ns/net", pid)
	if pid == selfPID() {
		path = "/proc/thread-self/ns/net"
	}
	namespace, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer namespace.Close()
	ports, err := rules.Read(namespace)
	if err != nil {
		return nil // a kernel without a packet filter, or one that we may not ask
	}
	var all []Service
	for _, p := range ports {
		parts := strings.Split(p.Name, "/")
		s := Service{
			Name:     strings.Join(parts[:min(2, len(parts))], "/"),
			Address:  fmt.Sprintf("%s:%d/%s", p.Address, p.Port, protocols[p.Protocol]),
			NodePort: p.NodePort,
		}
		for _, each := range p.Endpoints {
			s.To = append(s.To, each.String())
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Service) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Address, b.Address))
	})
	return all
}

// protocols are the names of the protocols that Services may have.
var protocols = map[byte]string{unix.IPPROTO_TCP: "tcp", unix.IPPROTO_UDP: "udp", unix.IPPROTO_SCTP: "sctp"}
