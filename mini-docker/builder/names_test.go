package builder

import (
	"archive/tar"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A file whose name is that of a whiteout would hide a file of the image.
func TestANameThatMeansAWhiteoutIsRefused(t *testing.T) {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	if err := w.WriteHeader(&tar.Header{Name: "etc/.wh.passwd", Mode: 0o644}); err != nil {
		t.Fatal(err)
	}
	w.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x") }))
	defer server.Close()
	p := newPlace(t, map[string]string{"etc/passwd": "1", "d/.wh.passwd": "2", "t.tar": packed.String()})
	for _, line := range []string{
		"COPY d/.wh.passwd /etc/",
		"COPY d /etc",
		"COPY etc/passwd /etc/.wh.passwd",
		"COPY etc /.wh.etc/",
		"COPY --link d /etc",
		"COPY <<.wh.passwd /etc/; x; .wh.passwd",
		"ADD t.tar /",
		"ADD " + server.URL + "/.wh..wh..opq /etc/",
		"WORKDIR /.wh.etc",
	} {
		_, err := p.build(t, "FROM scratch; COPY etc /etc; "+line)
		if err == nil || !strings.HasPrefix(err.Error(), "Dockerfile:3: ") || !strings.HasSuffix(err.Error(), "reserved for whiteouts") {
			t.Errorf("%s: got %v", line, err)
		}
	}
}

// What ends in dots has no name of its own, and no dots lead out of the destination.
func TestWhatHasNoNameIsGivenOne(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x") }))
	defer server.Close()
	p := newPlace(t, nil)
	for dockerfile, want := range map[string]string{
		"FROM scratch; ADD " + server.URL + "/a/.. /to/in/":     "to/in/__unnamed__",
		"FROM scratch; ADD " + server.URL + "/a/%2e%2e /to/in/": "to/in/__unnamed__",
		"FROM scratch; ADD " + server.URL + "/ /to/in/":         "to/in/__unnamed__",
		"FROM scratch; COPY <<.. /to/in/; x; ..":                "to/in/__unnamed__",
		"FROM scratch; COPY <<../../a /to/in/; x; ../../a":      "to/in/a",
	} {
		made, err := p.build(t, dockerfile)
		if err != nil {
			t.Errorf("%s: %v", dockerfile, err)
		} else if got := files(t, p.tree(t, made)); got != want {
			t.Errorf("%s: got %s, want %s", dockerfile, got, want)
		}
	}
}
