package kinds

import (
	"encoding/base64"
	"time"

	"drydock/mini-k8s/api"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// secret is what a configMap is, for what not everybody may read.
func secret() *api.Kind {
	return &api.Kind{
		Version: "v1", Kind: "Secret", Plural: "secrets", Singular: "secret", Namespaced: true,
		Typed:      func() runtime.Object { return &corev1.Secret{} },
		Selectable: []string{"type"},
		Default: func(o *api.Object) {
			api.Default(o.Object, "Opaque", "type")
			for key, value := range api.Map(o.Object, "stringData") {
				s, _ := value.(string)
				api.Set(o.Object, base64.StdEncoding.EncodeToString([]byte(s)), "data", key)
			}
			delete(o.Object, "stringData") // a client's convenience: it is never read back
		},
		Validate: validateSecret,
		Columns: []api.Column{
			nameColumn, text("Type", "Used to facilitate programmatic handling of secret data."),
			integer("Data", "Data contains the secret data."), ageColumn,
		},
		Row: func(o *api.Object, now time.Time) []any {
			return []any{o.GetName(), api.String(o.Object, "type"), int64(len(api.Map(o.Object, "data"))), api.ObjectAge(o, now)}
		},
	}
}

func validateSecret(o, old *api.Object) field.ErrorList {
	errs := validateKeys(o, old)
	if old != nil {
		errs = append(errs, validation.ValidateImmutableField(api.String(o.Object, "type"), api.String(old.Object, "type"), field.NewPath("type"))...)
	}
	return errs
}

// validateKeys checks the keys of a ConfigMap or Secret: they become file names.
func validateKeys(o, old *api.Object) field.ErrorList {
	var errs field.ErrorList
	for _, name := range []string{"data", "binaryData"} {
		for key := range api.Map(o.Object, name) {
			for _, problem := range utilvalidation.IsConfigMapKey(key) {
				errs = append(errs, field.Invalid(field.NewPath(name).Key(key), key, problem))
			}
		}
	}
	if old == nil || !api.Bool(old.Object, "immutable") {
		return errs
	}
	if !api.Bool(o.Object, "immutable") {
		errs = append(errs, field.Forbidden(field.NewPath("immutable"), "field is immutable when `immutable` is set"))
	}
	for _, name := range []string{"data", "binaryData"} {
		if !equal(o.Object[name], old.Object[name]) {
			errs = append(errs, field.Forbidden(field.NewPath(name), "field is immutable when `immutable` is set"))
		}
	}
	return errs
}
