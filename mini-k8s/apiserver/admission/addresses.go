package admission

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"sync"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/apiserver/registry"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Node ports are those of Kubernetes.
const firstNodePort, lastNodePort = 30000, 32767

// addresses gives Services their addresses and node ports. It keeps no book:
// what is taken is what the Services say, and one write at a time may look.
type addresses struct {
	mutex sync.Mutex
	list  ListAll
	pool  netip.Prefix
}

func newAddresses(list ListAll, pool netip.Prefix) *addresses {
	return &addresses{list: list, pool: pool.Masked()}
}

// assign completes a Service. Nobody else may until the write is done.
func (a *addresses) assign(ctx context.Context, write registry.Write) (done func(), err error) {
	a.mutex.Lock()
	defer func() {
		if err != nil {
			a.mutex.Unlock()
			done = func() {}
		}
	}()
	services, err := a.list(ctx, "Service")
	if err != nil {
		return nil, err
	}
	t := taken{addresses: map[string]bool{}, ports: map[int64]bool{}}
	for _, other := range services {
		if other.GetNamespace() != write.Object.GetNamespace() || other.GetName() != write.Object.GetName() {
			t.add(other)
		}
	}
	spec := api.Map(write.Object.Object, "spec")
	if spec == nil {
		spec = map[string]any{}
		write.Object.Object["spec"] = spec
	}
	if write.Old != nil {
		keepAddress(spec, api.Map(write.Old.Object, "spec"))
	}
	err = a.address(spec, t)
	if err == nil {
		err = nodePorts(spec, t)
	}
	var fault *field.Error
	if errors.As(err, &fault) {
		err = apierrors.NewInvalid(write.Kind.GroupVersionKind().GroupKind(), write.Object.GetName(), field.ErrorList{fault})
	}
	return a.mutex.Unlock, err
}

// taken is what other Services have.
type taken struct {
	addresses map[string]bool
	ports     map[int64]bool
}

func (t taken) add(service *api.Object) {
	t.addresses[api.String(service.Object, "spec", "clusterIP")] = true
	for _, port := range api.Maps(service.Object, "spec", "ports") {
		t.ports[api.Int(port, "nodePort")] = true
	}
}

// keepAddress carries over what a client need not repeat.
func keepAddress(spec, before map[string]any) {
	if api.String(spec, "type") == "ExternalName" {
		return
	}
	for _, name := range []string{"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"} {
		if value := before[name]; value != nil {
			api.Default(spec, value, name)
		}
	}
	old := api.Maps(before, "ports")
	for i, port := range api.Maps(spec, "ports") {
		if i < len(old) && api.Int(old[i], "nodePort") != 0 && api.String(spec, "type") != "ClusterIP" {
			api.Default(port, old[i]["nodePort"], "nodePort")
		}
	}
}

// address gives a Service its address, unless it wants none.
func (a *addresses) address(spec map[string]any, t taken) error {
	if api.String(spec, "type") == "ExternalName" {
		return nil
	}
	at := field.NewPath("spec", "clusterIPs").Index(0)
	asked := api.String(spec, "clusterIP")
	switch address, err := netip.ParseAddr(asked); {
	case asked == "":
		if asked = a.free(t); asked == "" {
			return apierrors.NewInternalError(fmt.Errorf("failed to allocate a serviceIP: range is full"))
		}
	case asked == "None":
	case err != nil:
		return field.Invalid(at, []string{asked}, "must be a valid IP address")
	case !a.pool.Contains(address):
		return field.Invalid(at, []string{asked}, fmt.Sprintf("failed to allocate IP %s: the provided IP is not in the valid range. The range of valid IPs is %s", asked, a.pool))
	case t.addresses[asked]:
		return field.Invalid(at, []string{asked}, fmt.Sprintf("failed to allocate IP %s: provided IP is already allocated", asked))
	}
	spec["clusterIP"], spec["clusterIPs"] = asked, []any{asked}
	api.Default(spec, []any{"IPv4"}, "ipFamilies")
	api.Default(spec, "SingleStack", "ipFamilyPolicy")
	return nil
}

// free picks an address that nobody has. The first ones are left to those who
// ask for them by number, as the cluster's DNS does.
func (a *addresses) free(t taken) string {
	const reserved = 256
	size := 1 << min(a.pool.Addr().BitLen()-a.pool.Bits(), 24)
	low := min(reserved, size/16) + 1
	start := rand.IntN(max(size-1-low, 1))
	for i := range size - 1 - low {
		address := offset(a.pool.Addr(), low+(start+i)%(size-1-low)).String()
		if !t.addresses[address] {
			return address
		}
	}
	return ""
}

// offset is the address that stands some places behind another.
func offset(base netip.Addr, places int) netip.Addr {
	sum := new(big.Int).SetBytes(base.AsSlice())
	sum.Add(sum, big.NewInt(int64(places)))
	address, _ := netip.AddrFromSlice(sum.FillBytes(make([]byte, len(base.AsSlice()))))
	return address
}

// nodePorts gives the ports of a Service that is reached by way of the nodes
// their numbers there.
func nodePorts(spec map[string]any, t taken) error {
	kind := api.String(spec, "type")
	if kind != "NodePort" && kind != "LoadBalancer" {
		return nil
	}
	for i, port := range api.Maps(spec, "ports") {
		at := field.NewPath("spec", "ports").Index(i).Child("nodePort")
		number := api.Int(port, "nodePort")
		switch {
		case number == 0:
			if number = freePort(t); number == 0 {
				return apierrors.NewInternalError(fmt.Errorf("failed to allocate a nodePort: range is full"))
			}
			port["nodePort"] = number
		case number < firstNodePort || number > lastNodePort:
			return field.Invalid(at, number, fmt.Sprintf("provided port is not in the valid range. The range of valid ports is %d-%d", firstNodePort, lastNodePort))
		case t.ports[number]:
			return field.Invalid(at, number, "provided port is already allocated")
		}
		t.ports[number] = true
	}
	return nil
}

func freePort(t taken) int64 {
	const size = lastNodePort - firstNodePort + 1
	start := rand.IntN(size)
	for i := range size {
		if number := int64(firstNodePort + (start+i)%size); !t.ports[number] {
			return number
		}
	}
	return 0
}
