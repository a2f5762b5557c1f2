package registry

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"path/filepath"
	"strings"
)

// digest names content by what it hashes to (OCI image-spec descriptor.md, Digests).
// One that parseDigest has given is safe as the name of a file.
type digest struct{ algorithm, hex string }

// algorithms are those that the specification registers.
var algorithms = map[string]func() hash.Hash{"sha256": sha256.New, "sha512": sha512.New}

func parseDigest(text string) (digest, error) {
	algorithm, digits, _ := strings.Cut(text, ":")
	new, known := algorithms[algorithm]
	raw, err := hex.DecodeString(digits)
	if !known || err != nil || len(raw) != new().Size() || digits != strings.ToLower(digits) {
		return digest{}, errDigest
	}
	return digest{algorithm, digits}, nil
}

func (d digest) String() string { return d.algorithm + ":" + d.hex }

// path is where content of this digest lies below a folder.
func (d digest) path(folder string) string { return filepath.Join(folder, d.algorithm, d.hex) }

// is says whether bytes that were hashed are what the digest names.
func (d digest) is(sum hash.Hash) bool { return hex.EncodeToString(sum.Sum(nil)) == d.hex }
