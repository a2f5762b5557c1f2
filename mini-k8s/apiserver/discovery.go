package apiserver

import (
	"net/http"
	"runtime"
	"slices"
	"strings"

	"drydock/mini-k8s/apiserver/answer"
	"drydock/mini-k8s/apiserver/discovery"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
)

// Version is the release of Kubernetes whose API is served.
const Version = "v1.37.2"

func (s *Server) version(w http.ResponseWriter, _ *http.Request) {
	answer.JSON(w, http.StatusOK, version.Info{
		Major: "1", Minor: "37", GitVersion: Version + "+mini", GitTreeState: "clean",
		GoVersion: runtime.Version(), Compiler: runtime.Compiler, Platform: runtime.GOOS + "/" + runtime.GOARCH,
	})
}

// coreVersions answers for /api: the group without a name.
func (s *Server) coreVersions(w http.ResponseWriter, r *http.Request) {
	if s.showAll(w, r, func(group string) bool { return group == "" }) {
		return
	}
	answer.JSON(w, http.StatusOK, metav1.APIVersions{
		TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"},
		ServerAddressByClientCIDRs: []metav1.ServerAddressByClientCIDR{{ClientCIDR: "0.0.0.0/0", ServerAddress: r.Host}},
	})
}

// groups answers for /apis: the groups with names.
func (s *Server) groups(w http.ResponseWriter, r *http.Request) {
	if !s.showAll(w, r, func(group string) bool { return group != "" }) {
		answer.JSON(w, http.StatusOK, discovery.Groups(s.config.Kinds))
	}
}

// showAll answers a client that wants all kinds at once. It reports whether this
// is one.
func (s *Server) showAll(w http.ResponseWriter, r *http.Request, isAsked func(group string) bool) bool {
	w.Header().Set("Vary", "Accept")
	if !strings.Contains(strings.ReplaceAll(r.Header.Get("Accept"), " ", ""), discovery.Aggregated) {
		return false
	}
	answer.As(w, discovery.Aggregated, discovery.All(s.config.Kinds, isAsked))
	return true
}

func (s *Server) group(w http.ResponseWriter, r *http.Request) {
	group, ok := discovery.Group(s.config.Kinds, r.PathValue("group"))
	if !ok {
		answer.Error(w, errNoPath)
		return
	}
	answer.JSON(w, http.StatusOK, group)
}

// resources answers for one group-version.
func (s *Server) resources(w http.ResponseWriter, r *http.Request) {
	list, ok := discovery.Resources(s.config.Kinds, schema.GroupVersion{Group: r.PathValue("group"), Version: r.PathValue("version")})
	if !ok {
		answer.Error(w, errNoPath)
		return
	}
	answer.JSON(w, http.StatusOK, list)
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
	answer.JSON(w, http.StatusOK, metav1.RootPaths{Paths: paths})
}
