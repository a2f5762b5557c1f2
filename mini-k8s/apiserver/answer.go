package apiserver

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"drydock/mini-k8s/apiserver/codec"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// answer writes a value as JSON.
func answer(w http.ResponseWriter, code int, value any) {
	w.Header().Set("Content-Type", codec.JSON)
	write(w, code, value)
}

// answerAs writes a value as JSON of a kind that the client asked for.
func answerAs(w http.ResponseWriter, contentType string, value any) {
	w.Header().Set("Content-Type", contentType)
	write(w, http.StatusOK, value)
}

func write(w http.ResponseWriter, code int, value any) {
	text, err := codec.Encode(value)
	if err != nil {
		fail(w, apierrors.NewInternalError(err))
		return
	}
	w.Header().Set("Cache-Control", "no-cache, private")
	w.WriteHeader(code)
	_, _ = w.Write(text) // a client that has gone does not read it
}

// fail writes an error as the Status that clients read.
func fail(w http.ResponseWriter, err error) {
	status := statusOf(err)
	if seconds := retryAfter(status); seconds > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(seconds))
	}
	answer(w, int(status.Code), status)
}

func statusOf(err error) metav1.Status {
	var known apierrors.APIStatus
	if !errors.As(err, &known) {
		known = apierrors.NewInternalError(err)
	}
	status := known.Status()
	status.Kind, status.APIVersion = "Status", "v1"
	return status
}

func retryAfter(status metav1.Status) int32 {
	if status.Details == nil {
		return 0
	}
	return status.Details.RetryAfterSeconds
}

// warn tells a client what was wrong and yet accepted (RFC 9110 has given the
// header up; Kubernetes' clients print it).
func warn(w http.ResponseWriter, warnings []string) {
	for _, each := range warnings {
		w.Header().Add("Warning", fmt.Sprintf("299 - \"%s\"", strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(each)))
	}
}

func asError[T error](err error, target *T) bool { return errors.As(err, target) }

// notFound answers for paths that nothing is behind.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) { fail(w, errNoPath) }
