package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/credentials"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"drydock/mini-docker/image"
)

// Login is a person's name and password at one registry. They are kept where Docker
// keeps them: in ~/.docker/config.json, or by the program docker-credential-NAME
// that this file names as its `credsStore` or, for one registry, in `credHelpers`.
type Login struct {
	Registry       string // a host, with a port perhaps; "" for the default registry
	User, Password string
}

// HostOf is the registry that a person means who may have typed an address.
func HostOf(typed string) string {
	host := credentials.ConvertToHostname(typed)
	if host == image.DefaultRegistry {
		host = name.DefaultRegistry
	}
	return host
}

// key is the registry's name in Docker's file. That of the default one is older
// than the rule that made the others.
func (l Login) key() string {
	if l.host() == name.DefaultRegistry {
		return authn.DefaultAuthKey
	}
	return l.Registry
}

// String is what a person is told: the registry.
func (l Login) String() string { return l.key() }

func (l Login) host() string {
	if l.Registry == "" {
		return name.DefaultRegistry
	}
	return l.Registry
}

// Try asks the registry whether it takes the name and the password: by its front
// door, /v2/, which a registry that has users opens to them alone (distribution-spec,
// Determining Support).
func (l Login) Try(ctx context.Context) error {
	registry, err := name.NewRegistry(l.host())
	if err != nil {
		return err
	}
	asked := image.Name{Registry: l.host()}
	auth := authn.FromConfig(authn.AuthConfig{Username: l.User, Password: l.Password})
	way, err := newTransport(l.host(), patience)
	if err != nil {
		return err
	}
	knocking, err := transport.NewWithContext(ctx, registry, auth, way, nil)
	if err != nil {
		return l.explain(asked, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, registry.Scheme()+"://"+l.host()+"/v2/", nil)
	if err != nil {
		return err
	}
	answer, err := (&http.Client{Transport: knocking}).Do(request)
	if err != nil {
		return l.explain(asked, err)
	}
	defer answer.Body.Close()
	if err := transport.CheckError(answer, http.StatusOK); err != nil {
		return l.explain(asked, err)
	}
	return nil
}

// explain words a refusal as Docker does.
func (l Login) explain(asked image.Name, err error) error {
	var answer *transport.Error
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &answer) && answer.Request != nil && !errors.As(err, &untrusted) {
		return fmt.Errorf("login attempt to %s://%s/v2/ failed with status: %d %s",
			answer.Request.URL.Scheme, l.host(), answer.StatusCode, http.StatusText(answer.StatusCode))
	}
	return explain(asked, err)
}

// store is where the login is kept.
func (l Login) store() (credentials.Store, error) {
	// As the library looks for it when it pulls: see authn.DefaultKeychain.
	file, err := config.Load(os.Getenv("DOCKER_CONFIG"))
	if err != nil {
		return nil, err
	}
	return file.GetCredentialsStore(l.key()), nil
}

// Known returns the login that is kept for a registry; its User is "" if none is.
func Known(registry string) (Login, error) {
	l := Login{Registry: registry}
	store, err := l.store()
	if err != nil {
		return l, err
	}
	kept, err := store.Get(l.key())
	l.User, l.Password = kept.Username, kept.Password
	return l, err
}

// Keep keeps a login for the next pull and push.
func (l Login) Keep() error {
	store, err := l.store()
	if err != nil {
		return err
	}
	return store.Store(types.AuthConfig{Username: l.User, Password: l.Password, ServerAddress: l.key()})
}

// Forget is the opposite of Keep.
func (l Login) Forget() error {
	store, err := l.store()
	if err != nil {
		return err
	}
	return store.Erase(l.key())
}
