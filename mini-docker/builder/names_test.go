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
