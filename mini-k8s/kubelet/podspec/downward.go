package podspec

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Field is what a pod learns of itself (the downward API). See
// https://kubernetes.io/docs/concepts/workloads/pods/downward-api/.
func Field(pod *corev1.Pod, path string, s Surroundings) (string, error) {
	for prefix, values := range map[string]map[string]string{"metadata.labels": pod.Labels, "metadata.annotations": pod.Annotations} {
		if key, ok := strings.CutPrefix(path, prefix+"['"); ok {
			return values[strings.TrimSuffix(key, "']")], nil
		}
		if path == prefix {
			return lines(values), nil
		}
	}
	value, ok := map[string]string{
		"metadata.name": pod.Name, "metadata.namespace": pod.Namespace, "metadata.uid": string(pod.UID),
		"spec.nodeName": pod.Spec.NodeName, "spec.serviceAccountName": pod.Spec.ServiceAccountName,
		"status.hostIP": s.HostIP, "status.hostIPs": s.HostIP, "status.podIP": s.PodIP, "status.podIPs": s.PodIP,
	}[path]
	if !ok {
		return "", fmt.Errorf("unsupported fieldPath: %v", path)
	}
	return value, nil
}

// lines are labels as a file has them.
func lines(values map[string]string) string {
	var text []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		text = append(text, fmt.Sprintf("%s=%q", key, values[key]))
	}
	return strings.Join(text, "\n")
}

// Resource is a request or limit of a container, in units of the divisor, rounded
// up.
func Resource(pod *corev1.Pod, c corev1.Container, ref *corev1.ResourceFieldSelector) (string, error) {
	for _, each := range pod.Spec.Containers {
		if each.Name == ref.ContainerName {
			c = each
		}
	}
	which, name, _ := strings.Cut(ref.Resource, ".")
	lists := map[string]corev1.ResourceList{"limits": c.Resources.Limits, "requests": c.Resources.Requests}
	list, ok := lists[which]
	amount, known := list[corev1.ResourceName(name)]
	if !ok || !known {
		return "", fmt.Errorf("unsupported container resource: %v: container %s does not set it", ref.Resource, c.Name)
	}
	divisor := ref.Divisor
	if divisor.IsZero() {
		divisor = resource.MustParse("1")
	}
	if name == string(corev1.ResourceCPU) {
		return fmt.Sprint(ceil(amount.MilliValue(), divisor.MilliValue())), nil
	}
	return fmt.Sprint(ceil(amount.Value(), divisor.Value())), nil
}

func ceil(amount, unit int64) int64 { return (amount + unit - 1) / unit }
