// Package answer writes what a client gets: values as JSON, errors as the Status
// that every client of Kubernetes reads, warnings as headers.
package answer

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"drydock/mini-k8s/apiserver/codec"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// JSON writes a value.
func JSON(w http.ResponseWriter, code int, value any) {
	w.Header().Set("Content-Type", codec.JSON)
	write(w, code, value)
}

// As writes a value as JSON of a kind that the client asked for.
func As(w http.ResponseWriter, contentType string, value any) {
	w.Header().Set("Content-Type", contentType)
	write(w, http.StatusOK, value)
}

func write(w http.ResponseWriter, code int, value any) {
	text, err := codec.Encode(value)
	if err != nil {
		Error(w, apierrors.NewInternalError(err))
		return
	}
	w.Header().Set("Cache-Control", "no-cache, private")
	w.WriteHeader(code)
	_, _ = w.Write(text) // a client that has gone does not read it
}

// Error writes an error as the Status that clients read.
func Error(w http.ResponseWriter, err error) {
	status := Status(err)
	if seconds := retryAfter(status); seconds > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(seconds))
	}
	JSON(w, int(status.Code), status)
}

// Status is the error as clients read it.
func Status(err error) metav1.Status {
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

// Warn tells a client what was wrong and yet accepted (RFC 9110 has given the
// header up; Kubernetes' clients print it).
func Warn(w http.ResponseWriter, warnings []string) {
	for _, each := range warnings {
		w.Header().Add("Warning", fmt.Sprintf("299 - \"%s\"", strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(each)))
	}
}
