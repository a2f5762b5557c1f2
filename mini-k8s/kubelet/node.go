package kubelet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"time"

	"drydock/mini-k8s/client"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"golang.org/x/sys/unix"
)

// version is the release of Kubernetes whose kubelet this one is like.
const version = "v1.37.2"

// statusInterval is how often a node tells how it is when nothing has changed; that
// it lives, its lease tells.
const statusInterval = 5 * time.Minute

// register makes the Node, or takes over the one that is there, and says how it is.
func (k *Kubelet) register(ctx context.Context) error {
	labels := map[string]string{
		corev1.LabelHostname: k.config.NodeName, corev1.LabelOSStable: runtime.GOOS, corev1.LabelArchStable: runtime.GOARCH,
	}
	for name, value := range k.config.Labels {
		labels[name] = value
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: k.config.NodeName, Labels: labels}}
	if k.config.PodCIDR != "" {
		node.Spec.PodCIDR, node.Spec.PodCIDRs = k.config.PodCIDR, []string{k.config.PodCIDR}
	}
	_, err := k.nodes.Create(ctx, node)
	if client.IsAlreadyExists(err) {
		patch, _ := json.Marshal(map[string]any{"metadata": map[string]any{"labels": labels}}) // cannot fail
		_, err = k.nodes.Patch(ctx, "", k.config.NodeName, types.MergePatchType, patch)
	}
	if err == nil {
		err = k.updateNode(ctx)
	}
	return err
}

// keepNode renews the node's lease, and tells now and then how it is, until ctx
// ends. Who is deleted registers again.
func (k *Kubelet) keepNode(ctx context.Context) {
	lease, status := time.NewTicker(k.config.LeaseInterval), time.NewTicker(statusInterval)
	defer lease.Stop()
	defer status.Stop()
	for {
		err := k.renewLease(ctx)
		if client.IsNotFound(err) {
			err = errors.Join(k.register(ctx), k.renewLease(ctx))
		}
		if err != nil && ctx.Err() == nil {
			slog.Warn("renewing the node's lease", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-lease.C:
		case <-status.C:
			if err := k.updateNode(ctx); err != nil && ctx.Err() == nil {
				slog.Warn("telling how the node is", "error", err)
			}
		}
	}
}

// renewLease says that the node lives. See
// https://kubernetes.io/docs/concepts/architecture/leases/.
func (k *Kubelet) renewLease(ctx context.Context) error {
	node, err := k.nodes.Get(ctx, "", k.config.NodeName)
	if err != nil {
		return err
	}
	leases := client.Of[coordinationv1.Lease](k.config.Client)
	seconds, now := int32(4*k.config.LeaseInterval/time.Second), metav1.NewMicroTime(k.config.Now())
	spec := coordinationv1.LeaseSpec{HolderIdentity: &k.config.NodeName, LeaseDurationSeconds: &seconds, RenewTime: &now}
	lease, err := leases.Get(ctx, corev1.NamespaceNodeLease, k.config.NodeName)
	if client.IsNotFound(err) {
		_, err = leases.Create(ctx, &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{
			Namespace: corev1.NamespaceNodeLease, Name: k.config.NodeName,
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: node.Name, UID: node.UID}},
		}, Spec: spec})
		return err
	}
	if err != nil {
		return err
	}
	lease.Spec = spec
	_, err = leases.Update(ctx, lease)
	return err
}

// updateNode tells how the node is.
func (k *Kubelet) updateNode(ctx context.Context) error {
	node, err := k.nodes.Get(ctx, "", k.config.NodeName)
	if err != nil {
		return err
	}
	node.Status.Capacity, err = capacity(k.config.MaxPods)
	if err != nil {
		return err
	}
	node.Status.Allocatable = node.Status.Capacity
	node.Status.Addresses = []corev1.NodeAddress{
		{Type: corev1.NodeInternalIP, Address: k.config.Address.String()}, {Type: corev1.NodeHostName, Address: k.config.NodeName},
	}
	node.Status.DaemonEndpoints.KubeletEndpoint.Port = int32(k.config.Port)
	node.Status.NodeInfo = nodeInfo(node.Status.NodeInfo)
	now := metav1.NewTime(k.config.Now())
	for _, each := range []corev1.NodeCondition{
		{Type: corev1.NodeMemoryPressure, Status: corev1.ConditionFalse, Reason: "KubeletHasSufficientMemory", Message: "kubelet has sufficient memory available"},
		{Type: corev1.NodeDiskPressure, Status: corev1.ConditionFalse, Reason: "KubeletHasNoDiskPressure", Message: "kubelet has no disk pressure"},
		{Type: corev1.NodePIDPressure, Status: corev1.ConditionFalse, Reason: "KubeletHasSufficientPID", Message: "kubelet has sufficient PID available"},
		{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady", Message: "kubelet is posting ready status"},
	} {
		setCondition(&node.Status, each, now)
	}
	_, err = k.nodes.UpdateStatus(ctx, node)
	return err
}

// setCondition puts a condition in the place of the one of its type.
func setCondition(status *corev1.NodeStatus, c corev1.NodeCondition, now metav1.Time) {
	c.LastHeartbeatTime, c.LastTransitionTime = now, now
	for i, old := range status.Conditions {
		if old.Type != c.Type {
			continue
		}
		if old.Status == c.Status {
			c.LastTransitionTime = old.LastTransitionTime
		}
		status.Conditions[i] = c
		return
	}
	status.Conditions = append(status.Conditions, c)
}

// capacity is what the machine has. See sysinfo(2).
func capacity(maxPods int) (corev1.ResourceList, error) {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return nil, fmt.Errorf("asking for the machine's memory: %w", err)
	}
	return corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewQuantity(int64(runtime.NumCPU()), resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(int64(info.Totalram)*int64(info.Unit), resource.BinarySI),
		corev1.ResourcePods:   *resource.NewQuantity(int64(maxPods), resource.DecimalSI),
	}, nil
}

// nodeInfo says what the node is made of.
func nodeInfo(info corev1.NodeSystemInfo) corev1.NodeSystemInfo {
	read := func(path string) string {
		text, _ := os.ReadFile(path) // not everywhere
		return strings.TrimSpace(string(text))
	}
	info.KubeletVersion, info.ContainerRuntimeVersion = version, "mini-docker://0.1.0"
	info.OperatingSystem, info.Architecture = runtime.GOOS, runtime.GOARCH
	info.MachineID, info.BootID = read("/etc/machine-id"), read("/proc/sys/kernel/random/boot_id")
	info.KernelVersion, info.OSImage = read("/proc/sys/kernel/osrelease"), "unknown"
	for line := range strings.Lines(read("/etc/os-release")) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			info.OSImage = strings.Trim(name, `"`)
		}
	}
	return info
}
