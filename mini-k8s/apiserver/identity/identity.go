// Package identity says who sends a request: whom the listener's client
// certificate names, or one for all on a port that only this machine reaches.
package identity

import (
	"context"
	"net/http"
	"strings"

	"drydock/mini-k8s/apiserver/answer"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// User is who sends a request.
type User struct {
	Name   string
	Groups []string
}

type userKey struct{}

// UserOf returns who sent the request that ctx belongs to.
func UserOf(ctx context.Context) (User, bool) {
	user, ok := ctx.Value(userKey{}).(User)
	return user, ok
}

// ByCertificate lets those in whose client certificate the listener has
// verified: the common name is the user, each organisation a group. What tells
// whether the server is well is for everybody.
func ByCertificate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.TLS != nil && len(r.TLS.VerifiedChains) > 0:
			subject := r.TLS.VerifiedChains[0][0].Subject
			user := User{subject.CommonName, append(subject.Organization, "system:authenticated")}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), userKey{}, user)))
		case isPublic(r.URL.Path):
			next.ServeHTTP(w, r)
		default:
			answer.Error(w, unauthorized)
		}
	})
}

// Everybody lets everybody in as one user: for a port that only this machine
// reaches.
func Everybody(user User, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), userKey{}, user)))
	})
}

func isPublic(path string) bool {
	for _, each := range []string{"/healthz", "/livez", "/readyz", "/version"} {
		if path == each || strings.HasPrefix(path, each+"/") {
			return true
		}
	}
	return false
}

var unauthorized = &apierrors.StatusError{ErrStatus: metav1.Status{
	Status: metav1.StatusFailure, Code: http.StatusUnauthorized, Reason: metav1.StatusReasonUnauthorized, Message: "Unauthorized",
}}
