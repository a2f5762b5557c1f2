package apiserver

import (
	"net/http"
	"runtime"
	"slices"
	"strings"

	"drydock/mini-k8s/api"

	discovery "k8s.io/api/apidiscovery/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
)

// Version is the release of Kubernetes whose API is served.
const Version = "v1.37.2"

func (s *Server) version(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, version.Info{
		Major: "1", Minor: "37", GitVersion: Version + "+mini", GitTreeState: "clean",
		GoVersion: runtime.Version(), Compiler: runtime.Compiler, Platform: runtime.GOOS + "/" + runtime.GOARCH,
	})
}

// aggregated is what a client asks for that wants all kinds in one answer.
const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

func wantsAggregated(r *http.Request) bool {
	return strings.Contains(strings.ReplaceAll(r.Header.Get("Accept"), " ", ""), aggregated)
}

// coreVersions answers for /api: the group without a name.
func (s *Server) coreVersions(w http.ResponseWriter, r *http.Request) {
	if wantsAggregated(r) {
		s.discover(w, func(group string) bool { return group == "" })
		return
	}
	answer(w, http.StatusOK, metav1.APIVersions{
		TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"},
		ServerAddressByClientCIDRs: []metav1.ServerAddressByClientCIDR{{ClientCIDR: "0.0.0.0/0", ServerAddress: r.Host}},
	})
}

// groups answers for /apis: the groups with names.
func (s *Server) groups(w http.ResponseWriter, r *http.Request) {
	if wantsAggregated(r) {
		s.discover(w, func(group string) bool { return group != "" })
		return
	}
	list := metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}, Groups: []metav1.APIGroup{}}
	for _, name := range s.groupNames() {
		list.Groups = append(list.Groups, s.apiGroup(name))
	}
	answer(w, http.StatusOK, list)
}

func (s *Server) group(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("group")
	if !slices.Contains(s.groupNames(), name) {
		fail(w, errNoPath)
		return
	}
	group := s.apiGroup(name)
	group.TypeMeta = metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}
	answer(w, http.StatusOK, group)
}

func (s *Server) groupNames() []string {
	var names []string
	for _, version := range s.config.Kinds.Versions() {
		if version.Group != "" && !slices.Contains(names, version.Group) {
			names = append(names, version.Group)
		}
	}
	return names
}

func (s *Server) apiGroup(name string) metav1.APIGroup {
	group := metav1.APIGroup{Name: name}
	for _, version := range s.config.Kinds.Versions() {
		if version.Group == name {
			group.Versions = append(group.Versions, metav1.GroupVersionForDiscovery{GroupVersion: version.String(), Version: version.Version})
		}
	}
	group.PreferredVersion = group.Versions[0]
	return group
}

// resources answers for one group-version: its kinds and their sub-resources.
func (s *Server) resources(w http.ResponseWriter, r *http.Request) {
	version := schema.GroupVersion{Group: r.PathValue("group"), Version: r.PathValue("version")}
	list := metav1.APIResourceList{
		TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: version.String(), APIResources: []metav1.APIResource{},
	}
	for _, k := range s.config.Kinds.All() {
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
	if len(list.APIResources) == 0 {
		fail(w, errNoPath)
		return
	}
	answer(w, http.StatusOK, list)
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
		subs = append(subs, subresource{"scale", scaleKind, []string{"get", "patch", "update"}})
	}
	for name, action := range k.Actions {
		subs = append(subs, subresource{name, action.Body, []string{action.Verb}})
	}
	slices.SortFunc(subs, func(a, b subresource) int { return strings.Compare(a.name, b.name) })
	return subs
}

var scaleKind = schema.GroupVersionKind{Group: "autoscaling", Version: "v1", Kind: "Scale"}

// discover answers with all kinds of some groups at once.
func (s *Server) discover(w http.ResponseWriter, isAsked func(group string) bool) {
	list := discovery.APIGroupDiscoveryList{
		TypeMeta: metav1.TypeMeta{Kind: "APIGroupDiscoveryList", APIVersion: "apidiscovery.k8s.io/v2"}, Items: []discovery.APIGroupDiscovery{},
	}
	for _, version := range s.config.Kinds.Versions() {
		if !isAsked(version.Group) {
			continue
		}
		if last := len(list.Items) - 1; last < 0 || list.Items[last].Name != version.Group {
			list.Items = append(list.Items, discovery.APIGroupDiscovery{ObjectMeta: metav1.ObjectMeta{Name: version.Group}})
		}
		group := &list.Items[len(list.Items)-1]
		group.Versions = append(group.Versions, s.discoverVersion(version))
	}
	w.Header().Set("Vary", "Accept")
	answerAs(w, aggregated, list)
}

func (s *Server) discoverVersion(version schema.GroupVersion) discovery.APIVersionDiscovery {
	found := discovery.APIVersionDiscovery{Version: version.Version, Freshness: discovery.DiscoveryFreshnessCurrent}
	for _, k := range s.config.Kinds.All() {
		if k.GroupVersion() != version {
			continue
		}
		scope := discovery.ScopeCluster
		if k.Namespaced {
			scope = discovery.ScopeNamespace
		}
		kind := metav1.GroupVersionKind(k.GroupVersionKind())
		resource := discovery.APIResourceDiscovery{
			Resource: k.Plural, ResponseKind: &kind, Scope: scope, SingularResource: k.Singular,
			Verbs: verbs, ShortNames: k.Short, Categories: k.Categories,
		}
		for _, sub := range subresources(k) {
			kind := metav1.GroupVersionKind(sub.kind)
			resource.Subresources = append(resource.Subresources, discovery.APISubresourceDiscovery{
				Subresource: sub.name, ResponseKind: &kind, Verbs: sub.verbs,
			})
		}
		found.Resources = append(found.Resources, resource)
	}
	return found
}

// paths lists what can be asked at all.
func (s *Server) paths(w http.ResponseWriter, _ *http.Request) {
	paths := []string{"/api", "/api/v1", "/apis", "/healthz", "/livez", "/metrics", "/openapi/v3", "/readyz", "/version"}
	for _, version := range s.config.Kinds.Versions() {
		if version.Group != "" {
			paths = append(paths, "/apis/"+version.String())
		}
	}
	slices.Sort(paths)
	answer(w, http.StatusOK, metav1.RootPaths{Paths: paths})
}
