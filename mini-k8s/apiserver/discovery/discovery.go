// Package discovery lists what a table of kinds offers, in the two forms that
// clients ask for: group by group, or all in one answer.
package discovery

import (
	"slices"
	"strings"

	"drydock/mini-k8s/api"

	apidiscovery "k8s.io/api/apidiscovery/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Aggregated is the media type of all kinds in one answer.
const Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

// Groups returns the groups that have a name.
func Groups(table *api.Table) metav1.APIGroupList {
	list := metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}, Groups: []metav1.APIGroup{}}
	for _, version := range table.Versions() {
		last := len(list.Groups) - 1
		switch {
		case version.Group == "":
			continue
		case last < 0 || list.Groups[last].Name != version.Group:
			list.Groups = append(list.Groups, group(table, version.Group))
		}
	}
	return list
}

// Group returns a group by its name.
func Group(table *api.Table, name string) (metav1.APIGroup, bool) {
	found := group(table, name)
	found.TypeMeta = metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}
	return found, name != "" && len(found.Versions) > 0
}

func group(table *api.Table, name string) metav1.APIGroup {
	found := metav1.APIGroup{Name: name}
	for _, version := range table.Versions() {
		if version.Group == name {
			found.Versions = append(found.Versions, metav1.GroupVersionForDiscovery{GroupVersion: version.String(), Version: version.Version})
		}
	}
	if len(found.Versions) > 0 {
		found.PreferredVersion = found.Versions[0]
	}
	return found
}

// Resources returns the kinds of a group-version and their sub-resources.
func Resources(table *api.Table, version schema.GroupVersion) (metav1.APIResourceList, bool) {
	list := metav1.APIResourceList{
		TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: version.String(), APIResources: []metav1.APIResource{},
	}
	for _, k := range table.All() {
		if k.GroupVersion() != version {
			continue
		}
		list.APIResources = append(list.APIResources, metav1.APIResource{
			Name: k.Plural, SingularName: k.Singular, Namespaced: k.Namespaced, Kind: k.Kind,
			ShortNames: k.Short, Categories: k.Categories, Verbs: verbs,
		})
		for _, sub := range subresources(k) {
			list.APIResources = append(list.APIResources, metav1.APIResource{
				Name: k.Plural + "/" + sub.name, Namespaced: k.Namespaced, Kind: sub.kind.Kind,
				Group: sub.kind.Group, Version: sub.kind.Version, Verbs: sub.verbs,
			})
		}
	}
	return list, len(list.APIResources) > 0
}

// verbs are what can be done to every kind.
var verbs = []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}

// subresource is what a kind has besides its objects.
type subresource struct {
	name  string
	kind  schema.GroupVersionKind
	verbs []string
}

func subresources(k *api.Kind) []subresource {
	var subs []subresource
	if k.HasStatus {
		subs = append(subs, subresource{"status", k.GroupVersionKind(), []string{"get", "patch", "update"}})
	}
	if k.Scale != nil {
		subs = append(subs, subresource{"scale", ScaleKind, []string{"get", "patch", "update"}})
	}
	for name, action := range k.Actions {
		subs = append(subs, subresource{name, action.Body, []string{action.Verb}})
	}
	slices.SortFunc(subs, func(a, b subresource) int { return strings.Compare(a.name, b.name) })
	return subs
}

// ScaleKind is the kind of the sub-resource scale.
var ScaleKind = schema.GroupVersionKind{Group: "autoscaling", Version: "v1", Kind: "Scale"}

// All returns all kinds of some groups at once.
func All(table *api.Table, isAsked func(group string) bool) apidiscovery.APIGroupDiscoveryList {
	list := apidiscovery.APIGroupDiscoveryList{
		TypeMeta: metav1.TypeMeta{Kind: "APIGroupDiscoveryList", APIVersion: "apidiscovery.k8s.io/v2"}, Items: []apidiscovery.APIGroupDiscovery{},
	}
	for _, version := range table.Versions() {
		if !isAsked(version.Group) {
			continue
		}
		if last := len(list.Items) - 1; last < 0 || list.Items[last].Name != version.Group {
			list.Items = append(list.Items, apidiscovery.APIGroupDiscovery{ObjectMeta: metav1.ObjectMeta{Name: version.Group}})
		}
		group := &list.Items[len(list.Items)-1]
		group.Versions = append(group.Versions, allOf(table, version))
	}
	return list
}

func allOf(table *api.Table, version schema.GroupVersion) apidiscovery.APIVersionDiscovery {
	found := apidiscovery.APIVersionDiscovery{Version: version.Version, Freshness: apidiscovery.DiscoveryFreshnessCurrent}
	for _, k := range table.All() {
		if k.GroupVersion() != version {
			continue
		}
		scope := apidiscovery.ScopeCluster
		if k.Namespaced {
			scope = apidiscovery.ScopeNamespace
		}
		kind := metav1.GroupVersionKind(k.GroupVersionKind())
		resource := apidiscovery.APIResourceDiscovery{
			Resource: k.Plural, ResponseKind: &kind, Scope: scope, SingularResource: k.Singular,
			Verbs: verbs, ShortNames: k.Short, Categories: k.Categories,
		}
		for _, sub := range subresources(k) {
			kind := metav1.GroupVersionKind(sub.kind)
			resource.Subresources = append(resource.Subresources, apidiscovery.APISubresourceDiscovery{
				Subresource: sub.name, ResponseKind: &kind, Verbs: sub.verbs,
			})
		}
		found.Resources = append(found.Resources, resource)
	}
	return found
}
