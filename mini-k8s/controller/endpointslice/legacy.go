package endpointslice

//lint:file-ignore SA1019 older clients read Endpoints

import (
	"context"

	"drydock/mini-k8s/client"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// writeLegacy brings a Service's Endpoints to what its groups are.
func (c *Controller) writeLegacy(ctx context.Context, service *corev1.Service, groups []Group) error {
	wanted, old := subsets(groups), c.legacy.Lookup(client.KeyOf(service))
	var err error
	switch {
	case old == nil:
		now := &corev1.Endpoints{ObjectMeta: metav1.ObjectMeta{Namespace: service.Namespace, Name: service.Name, Labels: service.Labels}, Subsets: wanted}
		_, err = c.legacy.Create(ctx, now)
	case !equality.Semantic.DeepEqual(old.Subsets, wanted):
		now := old.DeepCopy()
		now.Subsets = wanted
		_, err = c.legacy.Update(ctx, now)
	}
	if client.IsTerminating(err) {
		return nil
	}
	return err
}

// deleteLegacy deletes the Endpoints of a Service that is gone.
func (c *Controller) deleteLegacy(ctx context.Context, key client.Key) error {
	if c.legacy.Lookup(key) == nil {
		return nil
	}
	if err := c.legacy.Delete(ctx, key); err != nil && !client.IsNotFound(err) {
		return err
	}
	return nil
}

// subsets turns groups into the older form, which knows nothing of pods that
// end.
func subsets(groups []Group) []corev1.EndpointSubset {
	var all []corev1.EndpointSubset
	for _, group := range groups {
		var subset corev1.EndpointSubset
		for _, port := range group.Ports {
			subset.Ports = append(subset.Ports, corev1.EndpointPort{Name: *port.Name, Port: *port.Port, Protocol: *port.Protocol, AppProtocol: port.AppProtocol})
		}
		for _, e := range group.Endpoints {
			address := address(e)
			switch {
			case *e.Conditions.Ready:
				subset.Addresses = append(subset.Addresses, address)
			case !*e.Conditions.Terminating:
				subset.NotReadyAddresses = append(subset.NotReadyAddresses, address)
			}
		}
		if len(subset.Addresses)+len(subset.NotReadyAddresses) > 0 {
			all = append(all, subset)
		}
	}
	return all
}
func address(e discoveryv1.Endpoint) corev1.EndpointAddress {
	a := corev1.EndpointAddress{IP: e.Addresses[0], NodeName: e.NodeName, TargetRef: e.TargetRef}
	if e.Hostname != nil {
		a.Hostname = *e.Hostname
	}
	return a
}
