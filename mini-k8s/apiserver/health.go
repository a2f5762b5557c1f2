package apiserver

import (
	"fmt"
	"net/http"
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
