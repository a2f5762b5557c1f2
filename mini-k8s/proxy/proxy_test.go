package proxy

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func service(name string, spec corev1.ServiceSpec) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Spec: spec}
}

// slice is of the endpoints behind a Service at a port of a name.
func slice(of, port string, number int32, endpoints ...discoveryv1.Endpoint) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Labels: map[string]string{discoveryv1.LabelServiceName: of}},
		Ports:      []discoveryv1.EndpointPort{{Name: &port, Port: &number}}, Endpoints: endpoints,
	}
}

func endpoint(address string, conditions discoveryv1.EndpointConditions) discoveryv1.Endpoint {
	return discoveryv1.Endpoint{Addresses: []string{address}, Conditions: conditions}
}

var (
	fresh   = discoveryv1.EndpointConditions{} // of which nothing is said
	ready   = discoveryv1.EndpointConditions{Ready: new(true), Serving: new(true), Terminating: new(false)}
	unready = discoveryv1.EndpointConditions{Ready: new(false), Serving: new(false), Terminating: new(false)}
	leaving = discoveryv1.EndpointConditions{Ready: new(false), Serving: new(true), Terminating: new(true)}
	ended   = discoveryv1.EndpointConditions{Ready: new(false), Serving: new(false), Terminating: new(true)}
)

func TestAPortLeadsToPodsThatAreReady(t *testing.T) {
	for name, test := range map[string]struct {
		slices []*discoveryv1.EndpointSlice
		want   string
	}{
		"nobody": {nil, "[]"},
		"who is ready, in order, once": {[]*discoveryv1.EndpointSlice{
			slice("web", "http", 8080, endpoint("10.244.1.3", ready), endpoint("10.244.1.2", fresh), endpoint("10.244.1.4", unready), endpoint("10.244.1.5", leaving)),
			slice("web", "http", 8080, endpoint("10.244.1.3", ready)),
		}, "[10.244.1.2:8080 10.244.1.3:8080]"},
		"who is leaving when nobody else is there": {[]*discoveryv1.EndpointSlice{
			slice("web", "http", 8080, endpoint("10.244.1.4", unready), endpoint("10.244.1.5", leaving), endpoint("10.244.1.6", ended)),
		}, "[10.244.1.5:8080]"},
		"a port that has another number in some pods": {[]*discoveryv1.EndpointSlice{
			slice("web", "http", 8080, endpoint("10.244.1.2", ready)), slice("web", "http", 9090, endpoint("10.244.1.3", ready)),
		}, "[10.244.1.2:8080 10.244.1.3:9090]"},
		"none of another port or Service, or of IPv6": {[]*discoveryv1.EndpointSlice{
			slice("web", "other", 8080, endpoint("10.244.1.2", ready)), slice("shop", "http", 8080, endpoint("10.244.1.3", ready)),
			slice("web", "http", 8080, endpoint("fd00::1", ready)),
		}, "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			web := service("web", corev1.ServiceSpec{ClusterIP: "10.96.0.1", Ports: []corev1.ServicePort{{Name: "http", Port: 80}}})
			ports := portsOf([]*corev1.Service{web}, test.slices)
			if got := fmt.Sprint(ports[0].Endpoints); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestOnlyServicesWithAnAddressHavePorts(t *testing.T) {
	ports := []corev1.ServicePort{{Name: "http", Port: 80, NodePort: 30080}, {Name: "dns", Port: 53, Protocol: corev1.ProtocolUDP}}
	var shown []string
	for _, p := range portsOf([]*corev1.Service{
		service("web", corev1.ServiceSpec{ClusterIP: "10.96.0.2", Ports: ports}),
		service("bare", corev1.ServiceSpec{ClusterIP: "10.96.0.1", Ports: []corev1.ServicePort{{Port: 80}}}),
		service("group", corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Ports: ports}),
		service("alias", corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "example.org", Ports: ports}),
		service("pending", corev1.ServiceSpec{Ports: ports}),
		service("six", corev1.ServiceSpec{ClusterIP: "fd00::1", Ports: ports}),
	}, nil) {
		shown = append(shown, fmt.Sprintf("%s %s:%d/%d %d", p.Name, p.Address, p.Port, p.Protocol, p.NodePort))
	}
	want := "[default/bare/tcp/- 10.96.0.1:80/6 0 default/web/tcp/http 10.96.0.2:80/6 30080 default/web/udp/dns 10.96.0.2:53/17 0]"
	if got := fmt.Sprint(shown); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
