package kinds

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"drydock/mini-k8s/api"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// podStreams are the ways into a pod, by the paths of its kubelet.
func podStreams() map[string]api.Stream {
	return map[string]api.Stream{
		"log": toContainer("containerLogs"), "exec": toContainer("exec"), "attach": toContainer("attach"),
		"portforward": func(o *api.Object, query url.Values) (api.Location, error) { return onNode(o, "portForward") },
		"proxy":       nil,
	}
}

// toContainer leads to the container that the client names, or the only one.
func toContainer(verb string) api.Stream {
	return func(o *api.Object, query url.Values) (api.Location, error) {
		var names []string
		for _, each := range api.Maps(o.Object, "spec", "containers") {
			names = append(names, api.String(each, "name"))
		}
		name := query.Get("container")
		switch {
		case name == "" && len(names) == 1:
			name = names[0]
		case name == "":
			return api.Location{}, apierrors.NewBadRequest(fmt.Sprintf(
				"a container name must be specified for pod %s, choose one of: [%s]", o.GetName(), strings.Join(names, " ")))
		case !slices.Contains(names, name) && !hasName(api.Map(o.Object, "spec"), "initContainers", name):
			return api.Location{}, apierrors.NewBadRequest(fmt.Sprintf("container %s is not valid for pod %s", name, o.GetName()))
		}
		return onNode(o, verb, name)
	}
}

// onNode is a path of the kubelet that runs a pod.
func onNode(o *api.Object, verb string, more ...string) (api.Location, error) {
	node := api.String(o.Object, "spec", "nodeName")
	if node == "" {
		return api.Location{}, apierrors.NewBadRequest(fmt.Sprintf("pod %s does not have a host assigned", o.GetName()))
	}
	path := append([]string{verb, o.GetNamespace(), o.GetName()}, more...)
	return api.Location{Node: node, Path: "/" + strings.Join(path, "/")}, nil
}
