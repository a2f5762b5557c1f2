package builder

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What has an address is fetched, is root's alone, and must have its digest.
func TestAddFetchesWhatHasAnAddress(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/dir/file.txt" {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, "fetched")
	}))
	defer server.Close()
	p := newPlace(t, nil)
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte("fetched")))
	at := server.URL + "/dir/file.txt"
	made := p.built(t, "FROM scratch; ADD --checksum=sha256:"+sum+" "+at+" /in/")
	info, err := p.tree(t, made).Lstat("in/file.txt")
	if err != nil || info.Size() != 7 || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v; want 7 bytes for root alone", info, err)
	}
	for dockerfile, want := range map[string]string{
		"FROM scratch; ADD --checksum=sha256:" + strings.Repeat("0", 64) + " " + at + " /": "has the digest sha256:" + sum,
		"FROM scratch; ADD " + server.URL + "/other /":                                     "404 Not Found",
		"FROM scratch; ADD --checksum=md5:00 " + at + " /":                                 "only sha256:DIGEST is supported",
	} {
		if _, err := p.build(t, dockerfile); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", dockerfile, err, want)
		}
	}
}

// An archive is a context as a folder is, with its Dockerfile in it.
func TestAContextMayBeAnArchive(t *testing.T) {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	for name, text := range map[string]string{"Dockerfile": "FROM scratch\nCOPY . /\n", ".dockerignore": "out\n*file\n.*\n", "in": "1", "out": "2"} {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o640, Uid: 7, Gid: 8, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, text)
	}
	w.Close()
	p := newPlace(t, nil)
	made := p.built(t, "", func(o *Options) { o.Context, o.Text, o.Archive = "", nil, &packed })
	if got := files(t, p.tree(t, made)); got != "in" {
		t.Errorf("got %q, want in", got)
	}
	dir := filepath.Join(t.TempDir(), "to")
	if err := Export(t.Context(), p.engine, made, dir); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "in")); string(text) != "1" {
		t.Errorf("exported %q, %v", text, err)
	}
}
