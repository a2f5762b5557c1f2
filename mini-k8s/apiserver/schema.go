package apiserver

import (
	"net/http"
	"slices"

	"drydock/mini-k8s/apiserver/answer"
	"drydock/mini-k8s/apiserver/codec"
	"drydock/mini-k8s/apiserver/openapi"
	"drydock/mini-k8s/apiserver/patch"
)

// describe makes the documents that describe the API. It is called once, when
// the first client asks.
func (s *Server) describe() ([]openapi.Document, error) {
	return openapi.Documents(s.config.Kinds, s.config.Schema, Version, patch.Types())
}

// openAPI lists the documents, or is one of them.
func (s *Server) openAPI(w http.ResponseWriter, r *http.Request) {
	documents, err := s.documents()
	if err != nil {
		answer.Error(w, err)
		return
	}
	path := r.PathValue("path")
	if path == "" {
		paths := map[string]any{}
		for _, d := range documents {
			paths[d.Path] = map[string]any{"serverRelativeURL": d.URL()}
		}
		answer.JSON(w, http.StatusOK, map[string]any{"paths": paths})
		return
	}
	at := slices.IndexFunc(documents, func(d openapi.Document) bool { return d.Path == path })
	if at < 0 {
		answer.Error(w, errNoPath)
		return
	}
	w.Header().Set("Content-Type", codec.JSON)
	_, _ = w.Write(documents[at].Text) // a client that has gone does not read it
}

// openAPIv2 describes nothing: kubectl asks for the older form of a kind that
// version 3 does not have, and from an answer without it learns that there is
// no such kind. The form is protobuf; this one says `swagger: "2.0"`, field 1
// of gnostic's openapi.v2.Document.
func (s *Server) openAPIv2(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
	_, _ = w.Write([]byte("\x0a\x032.0")) // a client that has gone does not read it
}
