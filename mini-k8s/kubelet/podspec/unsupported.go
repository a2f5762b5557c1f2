package podspec

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// supported are the fields of a pod that mini-k8s heeds, or that are not the
// node's to heed. A name stands for all that is below it, unless that is listed.
// What is in a list stands for each of it. A name with a dot behind it may be there
// with nothing in it.
const supported = `
	restartPolicy terminationGracePeriodSeconds dnsPolicy dnsConfig hostname subdomain hostAliases
	nodeName hostNetwork shareProcessNamespace enableServiceLinks readinessGates
	serviceAccountName serviceAccount automountServiceAccountToken imagePullSecrets

	schedulerName nodeSelector affinity tolerations topologySpreadConstraints schedulingGates
	priority priorityClassName preemptionPolicy

	securityContext.runAsUser securityContext.runAsGroup
	volumes.name volumes.configMap volumes.secret volumes.downwardAPI volumes.hostPath volumes.emptyDir.
	volumes.projected.defaultMode volumes.projected.sources.configMap volumes.projected.sources.secret volumes.projected.sources.downwardAPI
`

// supportedOfContainer are those of its containers.
const supportedOfContainer = `
	name image imagePullPolicy command args workingDir env envFrom ports stdin stdinOnce tty restartPolicy
	terminationMessagePath terminationMessagePolicy
	resources.limits.cpu resources.limits.memory resources.requests.cpu resources.requests.memory
	volumeMounts.name volumeMounts.mountPath volumeMounts.readOnly volumeMounts.subPath
	securityContext.privileged securityContext.capabilities securityContext.readOnlyRootFilesystem
	securityContext.allowPrivilegeEscalation securityContext.runAsUser securityContext.runAsGroup
	lifecycle.preStop.exec lifecycle.preStop.httpGet lifecycle.preStop.sleep
`

// supportedOfProbe are those of each probe.
const supportedOfProbe = `
	exec httpGet tcpSocket initialDelaySeconds periodSeconds timeoutSeconds successThreshold failureThreshold
`

// Unsupported lists the fields of a pod that would be without effect here, so that
// none is passed over in silence. It is empty if all are supported.
func Unsupported(pod *corev1.Pod) string {
	spec, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&pod.Spec)
	if err != nil {
		return err.Error()
	}
	known := strings.Fields(supported)
	for _, list := range []string{"containers", "initContainers"} {
		for _, name := range strings.Fields(supportedOfContainer) {
			known = append(known, list+"."+name)
		}
		for _, probe := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
			for _, name := range strings.Fields(supportedOfProbe) {
				known = append(known, list+"."+probe+"."+name)
			}
		}
	}
	var found []string
	walk(spec, "", "", func(pattern, path string) bool {
		if slices.Contains(known, pattern) {
			return false
		}
		isAbove := slices.ContainsFunc(known, func(each string) bool { return strings.HasPrefix(each, pattern+".") })
		if !isAbove {
			found = append(found, "spec"+path)
		}
		return isAbove
	})
	slices.Sort(found)
	return strings.Join(slices.Compact(found), ", ")
}

// walk visits what a value holds, and goes below what visit returns true for. The
// pattern of a path is the path without the numbers of a list's items.
func walk(value any, pattern, path string, visit func(pattern, path string) bool) {
	switch value := value.(type) {
	case map[string]any:
		for name, each := range value {
			below := strings.TrimPrefix(pattern+"."+name, ".")
			if !isEmpty(each) && visit(below, path+"."+name) {
				walk(each, below, path+"."+name, visit)
			}
		}
	case []any:
		for i, each := range value {
			walk(each, pattern, fmt.Sprintf("%s[%d]", path, i), visit)
		}
	}
}

// isEmpty reports whether a field says nothing.
func isEmpty(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case map[string]any:
		return len(value) == 0
	case []any:
		return len(value) == 0
	case bool:
		return !value
	case string:
		return value == ""
	}
	return false
}
