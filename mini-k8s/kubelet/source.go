package kubelet

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/kubelet/podspec"

	corev1 "k8s.io/api/core/v1"
)

// source is where pods' settings come from: the API server.
type source struct {
	configMaps *client.Resource[corev1.ConfigMap]
	secrets    *client.Resource[corev1.Secret]
	services   *client.Cache[corev1.Service]
}

var _ podspec.Sources = source{}

func newSource(c *client.Client) source {
	return source{client.Of[corev1.ConfigMap](c), client.Of[corev1.Secret](c), client.Cached[corev1.Service](c, client.Selector{})}
}

func (s source) run(ctx context.Context)          { s.services.Run(ctx) }
func (s source) synced(ctx context.Context) error { return s.services.Synced(ctx) }

// ConfigMap implements podspec.Sources.
func (s source) ConfigMap(ctx context.Context, namespace, name string) (*corev1.ConfigMap, error) {
	return s.configMaps.Get(ctx, namespace, name)
}

// Secret implements podspec.Sources.
func (s source) Secret(ctx context.Context, namespace, name string) (*corev1.Secret, error) {
	return s.secrets.Get(ctx, namespace, name)
}

// environment are the variables by which a pod finds Services without DNS: that of
// the API server, and those of its namespace if it wants them. See
// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables.
func (s source) environment(pod *corev1.Pod) (env []string) {
	links := pod.Spec.EnableServiceLinks == nil || *pod.Spec.EnableServiceLinks
	for _, each := range s.services.All() {
		isServer := each.Namespace == corev1.NamespaceDefault && each.Name == "kubernetes"
		if !isServer && (!links || each.Namespace != pod.Namespace) || each.Spec.ClusterIP == "" ||
			each.Spec.ClusterIP == corev1.ClusterIPNone || len(each.Spec.Ports) == 0 {
			continue
		}
		name := strings.ToUpper(strings.ReplaceAll(each.Name, "-", "_"))
		env = append(env, fmt.Sprintf("%s_SERVICE_HOST=%s", name, each.Spec.ClusterIP),
			fmt.Sprintf("%s_SERVICE_PORT=%d", name, each.Spec.Ports[0].Port))
		for _, port := range each.Spec.Ports {
			if port.Name != "" {
				env = append(env, fmt.Sprintf("%s_SERVICE_PORT_%s=%d", name, strings.ToUpper(strings.ReplaceAll(port.Name, "-", "_")), port.Port))
			}
		}
	}
	slices.Sort(env)
	return env
}
