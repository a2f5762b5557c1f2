package registry

import (
	"bufio"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/bcrypt"
)

// Users are who may use a registry. Each request brings a name and a password
// (RFC 7617, The 'Basic' HTTP Authentication Scheme).
type Users struct {
	passwords map[string]string // by name; plain, or hashed by bcrypt
	names     []string
	seed      maphash.Seed

	mutex sync.Mutex
	let   map[string][sha256.Size]byte // the password that a name was last let in with
}

// bcryptMark begins a hash of bcrypt, whose letter differs from program to program.
const bcryptMark = "$2"

// ReadUsers reads a file of lines NAME:PASSWORD, as htpasswd writes it: with
// passwords hashed by bcrypt (htpasswd -B), or plain (htpasswd -p).
func ReadUsers(path string) (*Users, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("users of the registry: %w", err)
	}
	defer file.Close()
	u := &Users{passwords: map[string]string{}, let: map[string][sha256.Size]byte{}, seed: maphash.MakeSeed()}
	lines := bufio.NewScanner(file)
	for at := 1; lines.Scan(); at++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, password, found := strings.Cut(line, ":")
		if !found || name == "" || password == "" {
			return nil, fmt.Errorf("line %d of %s: write NAME:PASSWORD", at, path)
		}
		if strings.HasPrefix(password, "$apr1$") || strings.HasPrefix(password, "{SHA}") {
			return nil, fmt.Errorf("line %d of %s: the password of %s is hashed in a way that is guessed fast: hash it by htpasswd -B", at, path, name)
		}
		u.passwords[name] = password
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("users of the registry: %w", err)
	}
	if len(u.passwords) == 0 {
		return nil, errors.New(path + " holds no users: write NAME:PASSWORD")
	}
	u.names = slices.Sorted(maps.Keys(u.passwords))
	return u, nil
}

// admit lets a request pass, or answers it: with the challenge that has a client
// send its name and password.
func (u *Users) admit(w http.ResponseWriter, r *http.Request) bool {
	if name, password, ok := r.BasicAuth(); ok && u.knows(name, password) {
		return true
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="mini-docker registry"`)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	fmt.Fprint(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
	return false
}

// knows compares a password. bcrypt is slow on purpose, some 50 ms, so that a
// password that was right is known again by a hash that stays in memory. The
// password of nobody is compared as well, with that of some user, always the same
// one: else the time would tell who is one.
func (u *Users) knows(name, password string) bool {
	want, isUser := u.passwords[name]
	if !isUser {
		want = u.passwords[u.names[maphash.String(u.seed, name)%uint64(len(u.names))]]
	}
	sum := sha256.Sum256([]byte(password))
	u.mutex.Lock()
	last, again := u.let[name]
	u.mutex.Unlock()
	if isUser && again && subtle.ConstantTimeCompare(sum[:], last[:]) == 1 {
		return true
	}
	var known bool
	if strings.HasPrefix(want, bcryptMark) {
		known = bcrypt.CompareHashAndPassword([]byte(want), []byte(password)) == nil
	} else {
		known = subtle.ConstantTimeCompare([]byte(want), []byte(password)) == 1
	}
	known = known && isUser
	if known {
		u.mutex.Lock()
		u.let[name] = sum
		u.mutex.Unlock()
	}
	return known
}
