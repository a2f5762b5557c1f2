package apiserver

import (
	"fmt"
	"net/http"

	"drydock/mini-k8s/apiserver/answer"
)

// health says that the server answers.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }

// ready says that it has read what the store holds.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	if missing, ok := s.Ready(); !ok {
		http.Error(w, "[-] waiting for "+missing, http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, "ok")
}

// notFound answers for paths that nothing is behind.
func (s *Server) notFound(w http.ResponseWriter, _ *http.Request) { answer.Error(w, errNoPath) }
