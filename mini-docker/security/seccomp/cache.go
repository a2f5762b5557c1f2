package seccomp

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"unsafe"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Cached compiles the profile unless that was done before, on behalf of any
// container: the result is kept in dir under the digest of the profile. What
// cannot be kept is compiled all the same.
func Cached(dir string, profile *specs.LinuxSeccomp) (Filter, error) {
	text, err := json.Marshal(profile)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(append(text, format...))
	path := filepath.Join(dir, hex.EncodeToString(digest[:]))
	if code, err := os.ReadFile(path); err == nil {
		if filter := FilterOf(code); len(filter) > 0 {
			return filter, nil
		}
	}
	filter, err := Compile(profile)
	if err != nil {
		return nil, err
	}
	keep(path, filter.Bytes())
	return filter, nil
}

// format changes when Compile translates the same profile differently.
const format = "3"

// keep writes a file so that readers see it whole or not at all. A full disk
// costs the next start some time and nothing else.
func keep(path string, code []byte) {
	if os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return
	}
	file, err := os.CreateTemp(filepath.Dir(path), "new-")
	if err != nil {
		return
	}
	_, err = file.Write(code)
	if closing := file.Close(); err != nil || closing != nil || os.Rename(file.Name(), path) != nil {
		os.Remove(file.Name())
	}
}

const instructionBytes = int(unsafe.Sizeof(unix.SockFilter{}))

// Bytes is the filter as the kernel reads it.
func (f Filter) Bytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(f))), len(f)*instructionBytes)
}

// FilterOf is the filter that Bytes was made of, or none if code is no such.
func FilterOf(code []byte) Filter {
	if len(code) == 0 || len(code)%instructionBytes != 0 {
		return nil
	}
	filter := make(Filter, len(code)/instructionBytes)
	copy(filter.Bytes(), code)
	return filter
}
