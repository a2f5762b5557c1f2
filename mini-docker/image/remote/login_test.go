package remote

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/image/registry"
)

// guarded is a registry that knows ana alone, and where it is.
func guarded(t *testing.T) string {
	t.Helper()
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	users := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(users, []byte("ana:s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	served := open(t, t.TempDir())
	var err error
	if served.Users, err = registry.ReadUsers(users); err != nil {
		t.Fatal(err)
	}
	return serve(t, served)
}

// settings writes Docker's file.
func settings(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func failsWith(t *testing.T, what string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: got %v, want %q", what, err, want)
	}
}

func TestALoginOpensARegistryUntilItIsForgotten(t *testing.T) {
	at := guarded(t)
	from, n := newStore(t), parse(t, at+"/x:1")
	imported(t, from, n, v1.Platform{})
	_, err := Push(t.Context(), from, n, silent)
	failsWith(t, "without a login", err, "access to "+at+"/x is denied: it does not exist, or may require 'mini-docker login "+at+"'")

	wrong, right := Login{at, "ana", "wrong"}, Login{at, "ana", "s3cret"}
	failsWith(t, "a wrong password", wrong.Try(t.Context()), "login attempt to http://"+at+"/v2/ failed with status: 401 Unauthorized")
	if err := right.Try(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := right.Keep(); err != nil {
		t.Fatal(err)
	}
	if _, err := Push(t.Context(), from, n, silent); err != nil {
		t.Error(err)
	}
	if _, err := Pull(t.Context(), newStore(t), n, PullOptions{}); err != nil {
		t.Error(err)
	}
	if known, err := Known(at); err != nil || known != right {
		t.Errorf("got %+v, %v", known, err)
	}
	info, err := os.Stat(filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file with the password: %v, %v", info.Mode(), err)
	}

	if err := wrong.Keep(); err != nil {
		t.Fatal(err)
	}
	_, err = Pull(t.Context(), newStore(t), n, PullOptions{})
	failsWith(t, "a password that was changed", err, "registry "+at+" does not take your name and password: try 'mini-docker login "+at+"' again")
	if err := right.Forget(); err != nil {
		t.Fatal(err)
	}
	_, err = Pull(t.Context(), newStore(t), n, PullOptions{})
	failsWith(t, "after the logout", err, "may require 'mini-docker login "+at+"'")
}

// The protocol of the programs that keep passwords: a verb as argument, the rest as
// JSON through standard input and output (docker-credential-helpers).
const keeper = `#!/bin/sh
case $1 in
store) cat > "$KEPT";;
get) test -s "$KEPT" && cat "$KEPT" || { echo credentials not found in native keychain; exit 1; };;
erase) rm "$KEPT";;
esac
`

func TestAPasswordIsKeptByTheProgramThatDockersFileNames(t *testing.T) {
	at := guarded(t)
	bin := t.TempDir()
	t.Setenv("KEPT", filepath.Join(bin, "kept"))
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	settings(t, `{"credHelpers": {"`+at+`": "ours"}}`)
	login := Login{at, "ana", "s3cret"}
	failsWith(t, "without the program", login.Keep(), `"docker-credential-ours": executable file not found`)
	if err := os.WriteFile(filepath.Join(bin, "docker-credential-ours"), []byte(keeper), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := login.Keep(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json"))
	if err != nil || strings.Contains(string(file), "s3cret") || strings.Contains(string(file), `"auth":`) {
		t.Errorf("the file holds the password too: %s, %v", file, err)
	}
	from, n := newStore(t), parse(t, at+"/x:1")
	imported(t, from, n, v1.Platform{})
	if _, err := Push(t.Context(), from, n, silent); err != nil {
		t.Error(err)
	}
	if err := login.Forget(); err != nil {
		t.Fatal(err)
	}
	if known, err := Known(at); err != nil || known.User != "" {
		t.Errorf("after the logout: %+v, %v", known, err)
	}
}

// A registry that gives tokens out (distribution's spec/auth/token.md): each is good
// for so many requests, and what a login left behind may have expired.
func TestATokenIsRenewedUntilItsLoginHasExpired(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	whole := open(t, t.TempDir())
	var at string
	var mutex sync.Mutex
	left := map[string]int{} // requests that a token is good for
	good := func(bearer string) bool {
		mutex.Lock()
		defer mutex.Unlock()
		left[bearer]--
		return left[bearer] >= 0
	}
	give := func() string {
		mutex.Lock()
		defer mutex.Unlock()
		token := fmt.Sprint("number", len(left))
		left["Bearer "+token] = 2
		return token
	}
	at = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/token" && r.FormValue("refresh_token") != "good":
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED","message":"the token has expired"}]}`, http.StatusUnauthorized)
		case r.URL.Path == "/token":
			json.NewEncoder(w).Encode(map[string]any{"access_token": give()})
		case !good(r.Header.Get("Authorization")):
			w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+at+`/token",service="ours"`)
			w.WriteHeader(http.StatusUnauthorized)
		default:
			whole.ServeHTTP(w, r)
		}
	}))
	from, n := newStore(t), parse(t, at+"/x:1")
	imported(t, from, n, v1.Platform{})
	settings(t, `{"auths": {"`+at+`": {"identitytoken": "good"}}}`)
	if _, err := Push(t.Context(), from, n, silent); err != nil {
		t.Fatal(err)
	}
	if len(left) < 4 {
		t.Errorf("%d tokens were given: none has expired on the way", len(left))
	}
	settings(t, `{"auths": {"`+at+`": {"identitytoken": "old"}}}`)
	_, err := Pull(t.Context(), newStore(t), n, PullOptions{})
	failsWith(t, "an old login", err, "your login at registry "+at+" has expired: renew it by 'mini-docker login "+at+"'")
}

func TestADockerFileThatIsDamagedIsNamed(t *testing.T) {
	at := guarded(t)
	settings(t, `{"auths": `)
	_, err := Pull(t.Context(), newStore(t), parse(t, at+"/x:1"), PullOptions{})
	failsWith(t, "a damaged file", err, filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json"))
}
