package dns

import (
	"context"
	"fmt"

	"drydock/mini-k8s/client"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// serviceName is what the Service is called in every cluster, whoever serves.
const serviceName = "kube-dns"

// publish writes down the Service under whose address pods ask, and that it leads
// here. It selects no pods, so no controller looks for endpoints.
func (s *Server) publish(ctx context.Context) error {
	own := metav1.ObjectMeta{Namespace: metav1.NamespaceSystem, Name: serviceName, Labels: map[string]string{"k8s-app": serviceName}}
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: *own.DeepCopy(), AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints: []discoveryv1.Endpoint{{Addresses: []string{s.config.Address.Addr().String()}}},
	}
	slice.Labels[discoveryv1.LabelServiceName] = serviceName
	service := &corev1.Service{ObjectMeta: own, Spec: corev1.ServiceSpec{ClusterIP: s.config.ClusterIP}}
	number := int32(s.config.Address.Port())
	for name, protocol := range map[string]corev1.Protocol{"dns": corev1.ProtocolUDP, "dns-tcp": corev1.ProtocolTCP} {
		service.Spec.Ports = append(service.Spec.Ports, corev1.ServicePort{Name: name, Protocol: protocol, Port: 53})
		slice.Ports = append(slice.Ports, discoveryv1.EndpointPort{Name: &name, Protocol: &protocol, Port: &number})
	}
	_, err := client.Of[corev1.Service](s.config.Client).Create(ctx, service)
	if err != nil && !client.IsAlreadyExists(err) {
		return fmt.Errorf("writing down the Service %s: %w", serviceName, err)
	}
	slices := client.Of[discoveryv1.EndpointSlice](s.config.Client)
	_, err = slices.Create(ctx, slice)
	if client.IsAlreadyExists(err) { // of a server that was before
		_, err = slices.Update(ctx, slice)
	}
	if err != nil {
		return fmt.Errorf("writing down the endpoint of %s: %w", serviceName, err)
	}
	return nil
}
