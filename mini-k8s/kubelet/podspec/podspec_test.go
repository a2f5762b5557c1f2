package podspec

import (
	"context"
	"slices"
	"strings"
	"testing"

	"drydock/mini-k8s/kubelet/cri"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// sources are a ConfigMap and a Secret.
type sources struct{}

func (sources) ConfigMap(_ context.Context, _, name string) (*corev1.ConfigMap, error) {
	if name != "settings" {
		return nil, apierrors.NewNotFound(corev1.Resource("configmaps"), name)
	}
	return &corev1.ConfigMap{Data: map[string]string{"COLOUR": "red", "SIZE": "big"}}, nil
}

func (sources) Secret(_ context.Context, _, name string) (*corev1.Secret, error) {
	if name != "keys" {
		return nil, apierrors.NewNotFound(corev1.Resource("secrets"), name)
	}
	return &corev1.Secret{Data: map[string][]byte{"WORD": []byte("sesame")}}, nil
}

// parse reads a pod's spec.
func parse(t *testing.T, text string) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web", UID: "1", Labels: map[string]string{"app": "web"}}}
	if err := yaml.UnmarshalStrict([]byte(text), &pod.Spec); err != nil {
		t.Fatal(err)
	}
	return pod
}

func TestEnvironment(t *testing.T) {
	pod := parse(t, `
nodeName: n1
containers:
- name: c
  image: mini/box
  command: [sh, -c, "echo $(A) $$(A) $(NOSUCH) $HOME $("]
  resources: {limits: {memory: 65537Ki, cpu: 1500m}}
  envFrom: [{configMapRef: {name: settings}, prefix: SET_}, {secretRef: {name: nosuch, optional: true}}]
  env:
  - {name: A, value: "one"}
  - {name: B, value: "$(A) $(SET_COLOUR) $(C)"}
  - {name: C, value: "late"}
  - {name: LINK_HOST, value: "mine"}
  - {name: WORD, valueFrom: {secretKeyRef: {name: keys, key: WORD}}}
  - {name: NONE, valueFrom: {configMapKeyRef: {name: settings, key: NOSUCH, optional: true}}}
  - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
  - {name: APP, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
  - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
  - {name: CPUS, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
`)
	got, err := Container(t.Context(), pod, pod.Spec.Containers[0], Surroundings{
		PodIP: "10.244.1.2", Services: []string{"LINK_HOST=10.96.0.7"}, Sources: sources{},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"LINK_HOST=mine", "SET_COLOUR=red", "SET_SIZE=big", "A=one", "B=one red $(C)", "C=late",
		"WORD=sesame", "IP=10.244.1.2", "APP=web", "MEMORY=65", "CPUS=2"}
	if !slices.Equal(got.Env, want) {
		t.Errorf("got  %q\nwant %q", got.Env, want)
	}
	if got.Command[2] != "echo one $(A) $(NOSUCH) $HOME $(" {
		t.Errorf("got command %q", got.Command)
	}
}

func TestWhatTheEnvironmentLacksIsNamed(t *testing.T) {
	for source, want := range map[string]string{
		"{configMapKeyRef: {name: nosuch, key: A}}":   `configmap "nosuch" not found`,
		"{configMapKeyRef: {name: settings, key: A}}": "couldn't find key A in ConfigMap default/settings",
		"{secretKeyRef: {name: keys, key: A}}":        "couldn't find key A in Secret default/keys",
		"{fieldRef: {fieldPath: spec.colour}}":        "unsupported fieldPath: spec.colour",
		"{resourceFieldRef: {resource: limits.cpu}}":  "container c does not set it",
	} {
		pod := parse(t, "containers: [{name: c, env: [{name: A, valueFrom: "+source+"}]}]")
		_, err := Container(t.Context(), pod, pod.Spec.Containers[0], Surroundings{Sources: sources{}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", source, err, want)
		}
	}
}

func TestResourcesAndSecurity(t *testing.T) {
	pod := parse(t, `
securityContext: {runAsUser: 1000, runAsGroup: 100}
containers:
- name: c
  resources: {limits: {memory: 64Mi, cpu: 250m}, requests: {cpu: 100m}}
  securityContext: {runAsUser: 0, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {add: [NET_ADMIN], drop: [ALL]}}
- {name: d}
`)
	got, err := Container(t.Context(), pod, pod.Spec.Containers[0], Surroundings{})
	if err != nil {
		t.Fatal(err)
	}
	if want := (cri.Resources{CPUShares: 102, NanoCPUs: 250e6, MemoryBytes: 64 << 20}); got.Resources != want {
		t.Errorf("got %+v, want %+v", got.Resources, want)
	}
	s := got.Security
	if s.User != "0:100" || !s.ReadOnlyRoot || !s.NoNewPrivileges || s.Privileged || s.Add[0] != "NET_ADMIN" || s.Drop[0] != "ALL" {
		t.Errorf("got %+v", s)
	}
	if got := security(pod, pod.Spec.Containers[1]); got.User != "1000:100" {
		t.Errorf("got user %q, want the pod's", got.User)
	}
}

func TestDNS(t *testing.T) {
	cluster := Cluster{DNS: []string{"10.96.0.10"}, Domain: "cluster.local"}
	ours := []string{"default.svc.cluster.local", "svc.cluster.local", "cluster.local"}
	for text, want := range map[string]cri.DNS{
		"dnsPolicy: ClusterFirst":                                   {Servers: cluster.DNS, Searches: ours, Options: []string{"ndots:5"}},
		"{dnsPolicy: ClusterFirst, hostNetwork: true}":              {},
		"{dnsPolicy: ClusterFirstWithHostNet, hostNetwork: true}":   {Servers: cluster.DNS, Searches: ours, Options: []string{"ndots:5"}},
		"dnsPolicy: Default":                                        {},
		"{dnsPolicy: None, dnsConfig: {nameservers: [192.0.2.53]}}": {Servers: []string{"192.0.2.53"}},
		"{dnsPolicy: ClusterFirst, dnsConfig: {searches: [example.com], options: [{name: ndots, value: '2'}]}}": {
			Servers: cluster.DNS, Searches: append(slices.Clone(ours), "example.com"), Options: []string{"ndots:2"}},
	} {
		got := Sandbox(parse(t, text), cluster).DNS
		if !slices.Equal(got.Servers, want.Servers) || !slices.Equal(got.Searches, want.Searches) || !slices.Equal(got.Options, want.Options) {
			t.Errorf("%s: got %+v, want %+v", text, got, want)
		}
	}
}

func TestHosts(t *testing.T) {
	pod := parse(t, "{hostname: one, subdomain: all, hostAliases: [{ip: 192.0.2.7, hostnames: [a, b]}]}")
	got := Hosts(pod, "10.244.1.2", "cluster.local")
	for _, want := range []string{"127.0.0.1\tlocalhost\n", "10.244.1.2\tone.all.default.svc.cluster.local\tone\n", "192.0.2.7\ta\tb\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want it to hold %q", got, want)
		}
	}
	pod.Spec.Hostname, pod.Name = "", strings.Repeat("x", 62)+"-"+strings.Repeat("y", 62)
	if got := Hostname(pod); got != strings.Repeat("x", 62) {
		t.Errorf("got %s", got)
	}
}

func TestUnsupported(t *testing.T) {
	for text, want := range map[string]string{
		"{hostPID: true, containers: [{name: c}]}":                                      "spec.hostPID",
		"{hostPID: false, volumes: [{name: v, emptyDir: {}}], containers: [{name: c}]}": "",
		"volumes: [{name: v, emptyDir: {medium: Memory}}]":                              "spec.volumes[0].emptyDir.medium",
		"containers: [{name: c}, {name: d, livenessProbe: {grpc: {port: 1}}}]":          "spec.containers[1].livenessProbe.grpc",
		"{securityContext: {runAsUser: 1, fsGroup: 2}, runtimeClassName: x}":            "spec.runtimeClassName, spec.securityContext.fsGroup",
		"{affinity: {nodeAffinity: {}}, tolerations: [{key: x}], priority: 3}":          "",
		"containers: [{name: c, lifecycle: {postStart: {exec: {command: [x]}}}}]":       "spec.containers[0].lifecycle.postStart",
	} {
		if got := Unsupported(parse(t, text)); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
