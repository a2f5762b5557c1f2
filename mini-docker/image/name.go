package image

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Name is a reference to an image, as a person types it after `docker run`:
//
//	reference = [registry "/"] repository [":" tag] ["@" digest]
//
// What is left out has a default, so that `box`, `library/box:latest` and the
// same behind DefaultRegistry are one image. The grammar is Docker's
// (distribution/reference, reference.go).
type Name struct {
	Registry   string // a host, with a port perhaps
	Repository string // path components, "library/box"
	Tag        string // "latest" if neither tag nor digest was given
	Digest     v1.Hash
}

// What a name means that does not say.
const (
	DefaultTag     = "latest"
	officialPrefix = "library/" // of repositories of one component on the default registry

	// Docker's registry under its older host name, which images still carry.
	legacyRegistry = name.DefaultRegistry
)

// DefaultRegistry is the host of Docker's registry, where a name leads that
// names no other.
var DefaultRegistry = strings.TrimPrefix(legacyRegistry, "index.")

// Bounds of the grammar.
const (
	maxRepository = 255
	maxTag        = 128
	hexDigits     = 64 // of a sha256 digest
)

// ErrInvalidName is what the errors of ParseName wrap. Its text is Docker's.
var ErrInvalidName = errors.New("invalid reference format")

// ParseName reads a reference. Errors read as Docker's do and wrap ErrInvalidName.
func ParseName(s string) (Name, error) {
	if len(s) == hexDigits && isHex(s) {
		return Name{}, nameError(fmt.Sprintf("invalid repository name (%s), cannot specify 64-byte hexadecimal strings", s))
	}
	registry, rest := splitRegistry(s)
	remote, _, _ := strings.Cut(rest, ":")
	if strings.ToLower(remote) != remote {
		return Name{}, nameError(fmt.Sprintf("%v: repository name (%s) must be lowercase", ErrInvalidName, remote))
	}
	// Neither a repository nor a tag holds an "@", and no repository a ":".
	rest, digest, hasDigest := strings.Cut(rest, "@")
	repository, tag, hasTag := strings.Cut(rest, ":")
	if !isRegistry(registry) || !isRepository(repository) || hasTag && !isTag(tag) {
		return Name{}, ErrInvalidName
	}
	if len(repository) > maxRepository {
		return Name{}, nameError(fmt.Sprintf("repository name must not be more than %d characters", maxRepository))
	}
	n := Name{Registry: registry, Repository: repository, Tag: tag}
	if hasDigest {
		hash, err := parseDigest(digest)
		if err != nil {
			return Name{}, err
		}
		n.Digest = hash
	} else if !hasTag {
		n.Tag = DefaultTag
	}
	return n, nil
}

// nameError is one of the messages that Docker words in full by itself.
type nameError string

func (e nameError) Error() string { return string(e) }
func (e nameError) Unwrap() error { return ErrInvalidName }

// splitRegistry decides whether what stands before the first slash is a host. It
// is one if it cannot be a repository's component, or is `localhost`.
func splitRegistry(s string) (registry, rest string) {
	first, after, found := strings.Cut(s, "/")
	isHost := strings.ContainsAny(first, ".:") || first == "localhost" || strings.ToLower(first) != first
	if !found || !isHost {
		registry, rest = DefaultRegistry, s
	} else {
		registry, rest = first, after
	}
	if registry == legacyRegistry {
		registry = DefaultRegistry
	}
	if registry == DefaultRegistry && !strings.Contains(rest, "/") {
		rest = officialPrefix + rest
	}
	return registry, rest
}

// String is the name in full, nothing left to defaults: what the store keeps.
func (n Name) String() string { return n.suffixed(n.Registry + "/" + n.Repository) }

// Familiar is the name as Docker prints it, without what goes without saying.
func (n Name) Familiar() string { return n.suffixed(n.FamiliarRepository()) }

// FamiliarRepository is the REPOSITORY column of `docker images`.
func (n Name) FamiliarRepository() string {
	if n.Registry != DefaultRegistry {
		return n.Registry + "/" + n.Repository
	}
	if short := strings.TrimPrefix(n.Repository, officialPrefix); !strings.Contains(short, "/") {
		return short
	}
	return n.Repository
}

func (n Name) suffixed(s string) string {
	if n.Tag != "" {
		s += ":" + n.Tag
	}
	if n.Digest != (v1.Hash{}) {
		s += "@" + n.Digest.String()
	}
	return s
}

// isRegistry: a host name, an address in square brackets or dotted, and a port.
func isRegistry(s string) bool {
	if strings.HasPrefix(s, "[") {
		address, port, found := strings.Cut(s[1:], "]")
		return found && address != "" && strings.Trim(address, "0123456789abcdefABCDEF:") == "" &&
			(port == "" || port[0] == ':' && isDigits(port[1:]))
	}
	host, port, hasPort := strings.Cut(s, ":")
	if hasPort && !isDigits(port) {
		return false
	}
	for part := range strings.SplitSeq(host, ".") {
		if part == "" || part[0] == '-' || part[len(part)-1] == '-' {
			return false
		}
		for _, c := range []byte(part) {
			if !isLower(c) && !isUpper(c) && c != '-' {
				return false
			}
		}
	}
	return true
}

// isRepository: components of lower-case letters and digits, in which one dot,
// one or two underscores or any number of dashes may separate.
func isRepository(s string) bool {
	for component := range strings.SplitSeq(s, "/") {
		if component == "" || !isLower(component[0]) || !isLower(component[len(component)-1]) {
			return false
		}
		for i := 0; i < len(component); {
			start := i
			for i < len(component) && !isLower(component[i]) {
				i++
			}
			separator := component[start:i]
			if separator != "" && separator != "." && separator != "_" && separator != "__" && strings.Trim(separator, "-") != "" {
				return false
			}
			i++
		}
	}
	return true
}

func isTag(s string) bool {
	if s == "" || len(s) > maxTag || s[0] == '.' || s[0] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		if !isLower(c) && !isUpper(c) && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

// parseDigest accepts the one algorithm that images are addressed with.
func parseDigest(s string) (v1.Hash, error) {
	algorithm, digits, found := strings.Cut(s, ":")
	if !found || !isAlgorithm(algorithm) || len(digits) < hexDigits/2 || strings.Trim(strings.ToLower(digits), "0123456789abcdef") != "" {
		return v1.Hash{}, ErrInvalidName
	}
	switch {
	case algorithm == "sha256" && len(digits) != hexDigits:
		return v1.Hash{}, nameError("invalid checksum digest length")
	case algorithm != strings.ToLower(algorithm), algorithm == "sha256" && !isHex(digits):
		return v1.Hash{}, nameError("invalid checksum digest format")
	case algorithm != "sha256":
		return v1.Hash{}, nameError("unsupported digest algorithm")
	}
	return v1.Hash{Algorithm: algorithm, Hex: digits}, nil
}

// isAlgorithm: words that start with a letter, joined by one of four separators.
func isAlgorithm(s string) bool {
	atStart := true
	for _, c := range []byte(s) {
		switch {
		case strings.IndexByte("-_+.", c) >= 0 && !atStart:
			atStart = true
			continue
		case !isLower(c) && !isUpper(c), atStart && '0' <= c && c <= '9':
			return false
		}
		atStart = false
	}
	return !atStart
}

func isHex(s string) bool    { return s != "" && strings.Trim(s, "0123456789abcdef") == "" }
func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
func isLower(c byte) bool    { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }
func isUpper(c byte) bool    { return 'A' <= c && c <= 'Z' }
