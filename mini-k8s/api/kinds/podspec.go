package kinds

import (
	"strings"
	"time"

	"drydock/mini-k8s/api"

	"k8s.io/apimachinery/pkg/api/equality"
)

// defaultTemplate fills in the pod template of a workload.
func defaultTemplate(o *api.Object) {
	if api.Map(o.Object, "spec", "template") == nil {
		return
	}
	api.Default(o.Object, nil, "spec", "template", "metadata", "creationTimestamp")
	delete(api.Map(o.Object, "spec", "template", "metadata"), "creationTimestamp") // leaves the map
	defaultPodSpec(api.Map(o.Object, "spec", "template", "spec"))
}

// defaultPodSpec fills in what Kubernetes does; clients rely on it and crash
// without.
func defaultPodSpec(spec map[string]any) {
	if spec == nil {
		return
	}
	for name, value := range map[string]any{
		"restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
		"terminationGracePeriodSeconds": int64(30),
	} {
		api.Default(spec, value, name)
	}
	if api.Map(spec, "securityContext") == nil {
		spec["securityContext"] = map[string]any{}
	}
	// Two names of one field: the older is still read.
	if name := api.String(spec, "serviceAccountName"); name != "" {
		spec["serviceAccount"] = name
	} else if name := api.String(spec, "serviceAccount"); name != "" {
		spec["serviceAccountName"] = name
	}
	isHost := api.Bool(spec, "hostNetwork")
	for _, list := range []string{"initContainers", "containers", "ephemeralContainers"} {
		for _, container := range api.Maps(spec, list) {
			defaultContainer(container, isHost)
		}
	}
	for _, volume := range api.Maps(spec, "volumes") {
		defaultVolume(volume)
	}
}

func defaultContainer(c map[string]any, isHost bool) {
	api.Default(c, "/dev/termination-log", "terminationMessagePath")
	api.Default(c, "File", "terminationMessagePolicy")
	api.Default(c, map[string]any{}, "resources")
	pull := "IfNotPresent"
	if image := api.String(c, "image"); strings.HasSuffix(image, ":latest") || !strings.ContainsAny(image[strings.LastIndex(image, "/")+1:], ":@") {
		pull = "Always"
	}
	api.Default(c, pull, "imagePullPolicy")
	for _, port := range api.Maps(c, "ports") {
		api.Default(port, "TCP", "protocol")
		if isHost {
			api.Default(port, port["containerPort"], "hostPort")
		}
	}
	for _, name := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		if probe := api.Map(c, name); probe != nil {
			defaultProbe(probe)
		}
	}
	for _, name := range []string{"postStart", "preStop"} {
		defaultHTTPGet(api.Map(c, "lifecycle", name, "httpGet"))
	}
	for _, variable := range api.Maps(c, "env") {
		if ref := api.Map(variable, "valueFrom", "fieldRef"); ref != nil {
			api.Default(ref, "v1", "apiVersion")
		}
	}
	// What is limited and not requested is requested.
	for name, limit := range api.Map(c, "resources", "limits") {
		api.Default(c, limit, "resources", "requests", name)
	}
}

func defaultProbe(probe map[string]any) {
	for name, value := range map[string]int64{"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3} {
		if api.Int(probe, name) == 0 {
			probe[name] = value
		}
	}
	defaultHTTPGet(api.Map(probe, "httpGet"))
}

func defaultHTTPGet(get map[string]any) {
	if get != nil {
		api.Default(get, "/", "path")
		api.Default(get, "HTTP", "scheme")
	}
}

func defaultVolume(volume map[string]any) {
	for _, source := range []string{"secret", "configMap", "downwardAPI", "projected"} {
		if m := api.Map(volume, source); m != nil {
			api.Default(m, int64(0o644), "defaultMode")
		}
	}
	if host := api.Map(volume, "hostPath"); host != nil {
		api.Default(host, "", "type")
	}
	for _, source := range api.Maps(volume, "projected", "sources") {
		if token := api.Map(source, "serviceAccountToken"); token != nil {
			api.Default(token, int64(3600), "expirationSeconds")
		}
	}
	for _, item := range api.Maps(volume, "downwardAPI", "items") {
		if ref := api.Map(item, "fieldRef"); ref != nil {
			api.Default(ref, "v1", "apiVersion")
		}
	}
	if len(volume) == 1 { // a name alone
		volume["emptyDir"] = map[string]any{}
	}
}

func metav1Now() string { return time.Now().UTC().Format(time.RFC3339) }

// equal compares values of JSON; an empty list is as good as none.
func equal(a, b any) bool { return equality.Semantic.DeepEqual(a, b) }
