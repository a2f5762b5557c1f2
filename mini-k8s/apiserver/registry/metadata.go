package registry

import (
	"drydock/mini-k8s/api"

	"k8s.io/apimachinery/pkg/api/validation"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validateMetadata checks what all objects have.
func validateMetadata(k *api.Kind, o *api.Object) field.ErrorList {
	at := field.NewPath("metadata")
	var errs field.ErrorList
	check := k.ValidName
	if check == nil {
		check = validation.NameIsDNSSubdomain
	}
	switch {
	case o.GetName() == "":
		errs = append(errs, field.Required(at.Child("name"), "name or generateName is required"))
	default:
		for _, problem := range check(o.GetName(), false) {
			errs = append(errs, field.Invalid(at.Child("name"), o.GetName(), problem))
		}
	}
	if k.Namespaced {
		for _, problem := range validation.ValidateNamespaceName(o.GetNamespace(), false) {
			errs = append(errs, field.Invalid(at.Child("namespace"), o.GetNamespace(), problem))
		}
	}
	errs = append(errs, metav1validation.ValidateLabels(o.GetLabels(), at.Child("labels"))...)
	errs = append(errs, validation.ValidateAnnotations(o.GetAnnotations(), at.Child("annotations"))...)
	errs = append(errs, validation.ValidateFinalizers(o.GetFinalizers(), at.Child("finalizers"))...)
	return append(errs, validation.ValidateOwnerReferences(o.GetOwnerReferences(), at.Child("ownerReferences"))...)
}
