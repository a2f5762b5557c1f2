package kinds

import (
	"fmt"

	"drydock/mini-k8s/api"

	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validatePod(o, old *api.Object) field.ErrorList {
	at := field.NewPath("spec")
	errs := validatePodSpec(api.Map(o.Object, "spec"), at)
	if old != nil && !equal(podUpdatable(o, old), api.Map(old.Object, "spec")) {
		errs = append(errs, field.Forbidden(at, "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"))
	}
	return errs
}

// podUpdatable returns the new spec of a pod with the fields that may change put
// back to what they were: what still differs may not.
func podUpdatable(o, old *api.Object) map[string]any {
	spec := runtime.DeepCopyJSON(api.Map(o.Object, "spec"))
	before := api.Map(old.Object, "spec")
	for _, list := range []string{"containers", "initContainers"} {
		was := api.Maps(before, list)
		for i, container := range api.Maps(spec, list) {
			if i < len(was) {
				container["image"] = was[i]["image"]
			}
		}
	}
	for _, name := range []string{"activeDeadlineSeconds", "tolerations", "nodeName", "schedulingGates"} {
		if value, ok := before[name]; ok {
			spec[name] = value
		} else {
			delete(spec, name)
		}
	}
	return spec
}

func validatePodSpec(spec map[string]any, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	containers := api.Maps(spec, "containers")
	if len(containers) == 0 {
		errs = append(errs, field.Required(at.Child("containers"), ""))
	}
	volumes, seen := map[string]bool{}, map[string]bool{}
	for i, volume := range api.Maps(spec, "volumes") {
		errs = append(errs, uniqueLabel(api.String(volume, "name"), volumes, at.Child("volumes").Index(i).Child("name"))...)
	}
	for _, list := range []string{"containers", "initContainers"} {
		for i, container := range api.Maps(spec, list) {
			path := at.Child(list).Index(i)
			errs = append(errs, uniqueLabel(api.String(container, "name"), seen, path.Child("name"))...)
			errs = append(errs, validateContainer(container, volumes, path)...)
		}
	}
	errs = append(errs, oneOf(api.String(spec, "restartPolicy"), at.Child("restartPolicy"), "Always", "OnFailure", "Never")...)
	errs = append(errs, oneOf(api.String(spec, "dnsPolicy"), at.Child("dnsPolicy"), "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")...)
	return errs
}

func validateContainer(c map[string]any, volumes map[string]bool, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	if api.String(c, "image") == "" {
		errs = append(errs, field.Required(at.Child("image"), ""))
	}
	errs = append(errs, oneOf(api.String(c, "imagePullPolicy"), at.Child("imagePullPolicy"), "Always", "IfNotPresent", "Never")...)
	for i, port := range api.Maps(c, "ports") {
		for _, problem := range utilvalidation.IsValidPortNum(int(api.Int(port, "containerPort"))) {
			errs = append(errs, field.Invalid(at.Child("ports").Index(i).Child("containerPort"), port["containerPort"], problem))
		}
	}
	for i, mount := range api.Maps(c, "volumeMounts") {
		path := at.Child("volumeMounts").Index(i)
		if name := api.String(mount, "name"); !volumes[name] {
			errs = append(errs, field.NotFound(path.Child("name"), name))
		}
		if api.String(mount, "mountPath") == "" {
			errs = append(errs, field.Required(path.Child("mountPath"), ""))
		}
	}
	for i, variable := range api.Maps(c, "env") {
		if api.String(variable, "name") == "" {
			errs = append(errs, field.Required(at.Child("env").Index(i).Child("name"), ""))
		}
	}
	return errs
}

// uniqueLabel checks a name that must be a DNS label and there once.
func uniqueLabel(name string, seen map[string]bool, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch {
	case name == "":
		return field.ErrorList{field.Required(at, "")}
	case seen[name]:
		errs = append(errs, field.Duplicate(at, name))
	}
	seen[name] = true
	for _, problem := range utilvalidation.IsDNS1123Label(name) {
		errs = append(errs, field.Invalid(at, name, problem))
	}
	return errs
}

func oneOf(value string, at *field.Path, allowed ...string) field.ErrorList {
	for _, each := range allowed {
		if value == each || value == "" {
			return nil
		}
	}
	return field.ErrorList{field.NotSupported(at, value, allowed)}
}

// validateSelector checks that a workload selects the pods that it makes.
func validateSelector(spec map[string]any, at *field.Path) field.ErrorList {
	path := at.Child("selector")
	raw := api.Map(spec, "selector")
	if raw == nil {
		return field.ErrorList{field.Required(path, "")}
	}
	selector, problem := api.Selector(raw)
	if problem != nil {
		return field.ErrorList{field.Invalid(path, raw, problem.Error())}
	}
	if selector.Empty() {
		return field.ErrorList{field.Invalid(path, raw, "empty selector is invalid for deployment")}
	}
	have := labels.Set{}
	for key, value := range api.Map(spec, "template", "metadata", "labels") {
		have[key] = fmt.Sprint(value)
	}
	if !selector.Matches(have) {
		return field.ErrorList{field.Invalid(at.Child("template", "metadata", "labels"), map[string]string(have), "`selector` does not match template `labels`")}
	}
	return nil
}

func validateService(o, old *api.Object) field.ErrorList {
	spec, at := api.Map(o.Object, "spec"), field.NewPath("spec")
	kind := api.String(spec, "type")
	errs := oneOf(kind, at.Child("type"), "ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
	ports := api.Maps(spec, "ports")
	if kind == "ExternalName" {
		if api.String(spec, "externalName") == "" {
			errs = append(errs, field.Required(at.Child("externalName"), ""))
		}
	} else if len(ports) == 0 && api.String(spec, "clusterIP") != "None" {
		errs = append(errs, field.Required(at.Child("ports"), ""))
	}
	for i, port := range ports {
		path := at.Child("ports").Index(i)
		if len(ports) > 1 && api.String(port, "name") == "" {
			errs = append(errs, field.Required(path.Child("name"), ""))
		}
		for _, problem := range utilvalidation.IsValidPortNum(int(api.Int(port, "port"))) {
			errs = append(errs, field.Invalid(path.Child("port"), port["port"], problem))
		}
		errs = append(errs, oneOf(api.String(port, "protocol"), path.Child("protocol"), "SCTP", "TCP", "UDP")...)
	}
	if old != nil && kind == api.String(old.Object, "spec", "type") {
		errs = append(errs, validation.ValidateImmutableField(api.String(spec, "clusterIP"), api.String(old.Object, "spec", "clusterIP"), at.Child("clusterIP"))...)
	}
	return errs
}
