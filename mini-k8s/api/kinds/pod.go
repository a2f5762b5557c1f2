package kinds

import (
	"errors"
	"slices"
	"strings"

	"drydock/mini-k8s/api"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// pod is containers that share a machine, an address and volumes.
func pod() *api.Kind {
	return &api.Kind{
		Version: "v1", Kind: "Pod", Plural: "pods", Singular: "pod", Short: []string{"po"},
		Categories: []string{"all"}, Namespaced: true,
		Typed:      func() runtime.Object { return &corev1.Pod{} },
		HasStatus:  true,
		Generation: true,
		Selectable: []string{
			"spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
			"status.phase", "status.podIP", "status.nominatedNodeName",
		},
		Default: func(o *api.Object) {
			api.Default(o.Object, true, "spec", "enableServiceLinks")
			defaultPodSpec(api.Map(o.Object, "spec"))
		},
		Prepare: func(o, old *api.Object) {
			if old == nil {
				o.Object["status"] = map[string]any{"phase": "Pending", "qosClass": qosClass(api.Map(o.Object, "spec"))}
			}
		},
		Validate: validatePod,
		Grace:    podGrace,
		Actions: map[string]api.Action{
			"binding":  {Body: schema.GroupVersionKind{Version: "v1", Kind: "Binding"}, Typed: func() runtime.Object { return &corev1.Binding{} }, Verb: "create", Apply: bind},
			"eviction": {Body: schema.GroupVersionKind{Group: "policy", Version: "v1", Kind: "Eviction"}, Typed: func() runtime.Object { return &policyv1.Eviction{} }, Verb: "create", Deletes: true},
		},
		Streams: podStreams(),
		Columns: podColumns(),
		Row:     podRow,
	}
}

// bind gives a pod its node. Only one who comes first may.
func bind(o, body *api.Object) error {
	target := api.String(body.Object, "target", "name")
	switch {
	case target == "":
		return field.Required(field.NewPath("target", "name"), "")
	case o.GetDeletionTimestamp() != nil:
		return errors.New("pod " + o.GetName() + " is being deleted, cannot be assigned to a host")
	case api.String(o.Object, "spec", "nodeName") != "":
		return errors.New("pod " + o.GetName() + " is already assigned to node \"" + api.String(o.Object, "spec", "nodeName") + "\"")
	case len(api.Maps(o.Object, "spec", "schedulingGates")) > 0:
		return errors.New("pod " + o.GetName() + " has non-empty .spec.schedulingGates")
	}
	api.Set(o.Object, target, "spec", "nodeName")
	now := metav1Now()
	setCondition(o, map[string]any{"type": "PodScheduled", "status": "True", "lastProbeTime": nil, "lastTransitionTime": now})
	return nil
}

// setCondition puts a condition in the place of the one of its type.
func setCondition(o *api.Object, condition map[string]any) {
	list, _ := api.Get(o.Object, "status", "conditions").([]any)
	list = slices.DeleteFunc(slices.Clone(list), func(each any) bool {
		m, _ := each.(map[string]any)
		return m["type"] == condition["type"]
	})
	api.Set(o.Object, append(list, condition), "status", "conditions")
}

// podGrace is how long a deleted pod may take to end. One that runs nowhere has
// nothing to end.
func podGrace(o *api.Object, asked *int64) int64 {
	phase := api.String(o.Object, "status", "phase")
	if api.String(o.Object, "spec", "nodeName") == "" || phase == "Succeeded" || phase == "Failed" {
		return 0
	}
	if asked != nil {
		return max(*asked, 0)
	}
	return api.Int(o.Object, "spec", "terminationGracePeriodSeconds")
}

// qosClass is how a pod stands when memory runs out: Guaranteed when every
// container has limits for CPU and memory and requests as much, BestEffort when
// none says anything, Burstable between.
func qosClass(spec map[string]any) string {
	guaranteed, any := true, false
	containers := append(api.Maps(spec, "containers"), api.Maps(spec, "initContainers")...)
	for _, container := range containers {
		requests, limits := api.Map(container, "resources", "requests"), api.Map(container, "resources", "limits")
		for _, name := range []string{"cpu", "memory"} {
			limit, request := limits[name], requests[name]
			any = any || limit != nil || request != nil
			guaranteed = guaranteed && limit != nil && (request == nil || request == limit)
		}
	}
	switch {
	case !any:
		return "BestEffort"
	case guaranteed:
		return "Guaranteed"
	}
	return "Burstable"
}

func podColumns() []api.Column {
	return []api.Column{
		nameColumn, text("Ready", "The aggregate readiness state of this pod for accepting traffic."),
		text("Status", "The aggregate status of the containers in this pod."),
		text("Restarts", "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted."),
		ageColumn, wide("IP", "IP address allocated to the pod. Routable at least within the cluster. Empty if not yet allocated."),
		wide("Node", "NodeName indicates in which node this pod is scheduled."),
		wide("Nominated Node", "nominatedNodeName is set only when this pod preempts other pods on the node."),
		wide("Readiness Gates", "If specified, all readiness gates will be evaluated for pod readiness."),
	}
}

// isTrue reports whether a condition of an object holds.
func isTrue(o *api.Object, kind string) bool {
	return slices.ContainsFunc(api.Maps(o.Object, "status", "conditions"), func(c map[string]any) bool {
		return api.String(c, "type") == kind && strings.EqualFold(api.String(c, "status"), "True")
	})
}
