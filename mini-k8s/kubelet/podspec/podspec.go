// Package podspec translates what a pod says into what a container runtime is to
// do: sandbox, containers, environment, names.
//
//	problems := podspec.Unsupported(pod)
//	config := podspec.Sandbox(pod, cluster)
//	container, err := podspec.Container(pod, c, podspec.Surroundings{...})
//
// It reads ConfigMaps and Secrets through Sources and writes nothing.
package podspec

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"drydock/mini-k8s/kubelet/cri"

	corev1 "k8s.io/api/core/v1"
)

// Sources are where pods' settings come from.
type Sources interface {
	ConfigMap(ctx context.Context, namespace, name string) (*corev1.ConfigMap, error)
	Secret(ctx context.Context, namespace, name string) (*corev1.Secret, error)
}

// Cluster is what a pod's /etc/resolv.conf depends on.
type Cluster struct {
	DNS    []string // addresses of the cluster's name servers; none: the node's
	Domain string   // cluster.local
}

// Sandbox says what sandbox a pod wants.
func Sandbox(pod *corev1.Pod, cluster Cluster) cri.SandboxConfig {
	return cri.SandboxConfig{
		PodUID: string(pod.UID), Namespace: pod.Namespace, Name: pod.Name,
		Hostname: Hostname(pod), HostNetwork: pod.Spec.HostNetwork, DNS: dns(pod, cluster),
	}
}

// maxHostname is how long a host's name may be, in bytes, less one. See
// sethostname(2).
const maxHostname = 63

// Hostname is what a pod's host is called.
func Hostname(pod *corev1.Pod) string {
	name := cmp.Or(pod.Spec.Hostname, pod.Name)
	return strings.TrimRight(name[:min(len(name), maxHostname)], "-.")
}

// dns is the pod's way to names: the cluster's servers find Services by short
// names, since they are tried with each of the searches behind. See resolv.conf(5).
func dns(pod *corev1.Pod, cluster Cluster) cri.DNS {
	var d cri.DNS
	policy := pod.Spec.DNSPolicy
	isClusters := policy == corev1.DNSClusterFirstWithHostNet || policy == corev1.DNSClusterFirst && !pod.Spec.HostNetwork
	if isClusters && len(cluster.DNS) > 0 {
		d.Servers, d.Options = slices.Clone(cluster.DNS), []string{"ndots:5"}
		d.Searches = []string{pod.Namespace + ".svc." + cluster.Domain, "svc." + cluster.Domain, cluster.Domain}
	}
	more := pod.Spec.DNSConfig
	if more == nil {
		return d
	}
	d.Servers, d.Searches = append(d.Servers, more.Nameservers...), append(d.Searches, more.Searches...)
	for _, each := range more.Options {
		d.Options = slices.DeleteFunc(d.Options, func(o string) bool { name, _, _ := strings.Cut(o, ":"); return name == each.Name })
		if each.Value != nil {
			each.Name += ":" + *each.Value
		}
		d.Options = append(d.Options, each.Name)
	}
	return d
}

// Hosts is the text of a pod's /etc/hosts. See hosts(5).
func Hosts(pod *corev1.Pod, address, domain string) string {
	var text strings.Builder
	text.WriteString("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n" +
		"fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n")
	name := Hostname(pod)
	if pod.Spec.Subdomain != "" {
		name = fmt.Sprintf("%s.%s.%s.svc.%s\t%s", name, pod.Spec.Subdomain, pod.Namespace, domain, name)
	}
	if address != "" {
		fmt.Fprintf(&text, "%s\t%s\n", address, name)
	}
	if len(pod.Spec.HostAliases) > 0 {
		text.WriteString("\n# Entries added by HostAliases.\n")
	}
	for _, each := range pod.Spec.HostAliases {
		fmt.Fprintf(&text, "%s\t%s\n", each.IP, strings.Join(each.Hostnames, "\t"))
	}
	return text.String()
}

// Surroundings are what a container's settings depend on besides its pod.
type Surroundings struct {
	Sandbox  string // its id
	Attempt  int
	Mounts   []cri.Mount
	PodIP    string
	HostIP   string
	Services []string // their environment
	Sources  Sources
}

// Container says what container a pod wants. An error is the pod's: something it
// names is not there.
func Container(ctx context.Context, pod *corev1.Pod, c corev1.Container, s Surroundings) (cri.ContainerConfig, error) {
	env, err := environment(ctx, pod, c, s)
	if err != nil {
		return cri.ContainerConfig{}, err
	}
	config := cri.ContainerConfig{
		Sandbox: s.Sandbox, PodUID: string(pod.UID), Name: c.Name, Attempt: s.Attempt, Hash: Hash(c),
		Image: c.Image, Command: env.expandAll(c.Command), Args: env.expandAll(c.Args), Env: env.list(),
		WorkingDir: c.WorkingDir, Mounts: s.Mounts, Resources: resources(c), Security: security(pod, c),
		ShareProcesses: pod.Spec.ShareProcessNamespace != nil && *pod.Spec.ShareProcessNamespace,
		Stdin:          c.Stdin, StdinOnce: c.StdinOnce, TTY: c.TTY,
	}
	return config, nil
}

// Hash tells whether a container is still what its pod says. Of what it says, only
// the image can be changed.
func Hash(c corev1.Container) string {
	text, _ := json.Marshal([]string{c.Name, c.Image}) // of texts: cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:4])
}

// resources are a container's limits. What it requests is its weight against
// others where the CPU is short.
func resources(c corev1.Container) cri.Resources {
	const minShares = 2 // less the kernel does not take
	r := cri.Resources{
		NanoCPUs:    c.Resources.Limits.Cpu().MilliValue() * 1e6,
		MemoryBytes: c.Resources.Limits.Memory().Value(),
	}
	if request := c.Resources.Requests.Cpu().MilliValue(); request > 0 {
		r.CPUShares = max(request*1024/1000, minShares)
	}
	return r
}

// security is what the container says, or else its pod.
func security(pod *corev1.Pod, c corev1.Container) cri.Security {
	var s cri.Security
	var user, group *int64
	if of := pod.Spec.SecurityContext; of != nil {
		user, group = of.RunAsUser, of.RunAsGroup
	}
	if of := c.SecurityContext; of != nil {
		user, group = cmp.Or(of.RunAsUser, user), cmp.Or(of.RunAsGroup, group)
		s.Privileged = of.Privileged != nil && *of.Privileged
		s.ReadOnlyRoot = of.ReadOnlyRootFilesystem != nil && *of.ReadOnlyRootFilesystem
		s.NoNewPrivileges = of.AllowPrivilegeEscalation != nil && !*of.AllowPrivilegeEscalation
		if of.Capabilities != nil {
			s.Add, s.Drop = names(of.Capabilities.Add), names(of.Capabilities.Drop)
		}
	}
	if user != nil {
		s.User = strconv.FormatInt(*user, 10)
	}
	if user != nil && group != nil {
		s.User += ":" + strconv.FormatInt(*group, 10)
	}
	return s
}

func names(list []corev1.Capability) (texts []string) {
	for _, each := range list {
		texts = append(texts, string(each))
	}
	return texts
}
