package site

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pages is a small site: two pages, of which one links to the other.
func pages(t *testing.T) *Site {
	t.Helper()
	s := New()
	for name, page := range map[string]string{
		"index.html":    `<a href="code/one.html#here">one</a> <a href="https://go.dev/">elsewhere</a>`,
		"code/one.html": `<h1 id="here">One</h1><a href="../index.html">up</a>`,
		NotFound:        `<h1>none</h1>`,
	} {
		if err := s.Add(name, []byte(page)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestBrokenNamesWhatLeadsNowhere(t *testing.T) {
	s := pages(t)
	if broken := s.Broken(); len(broken) != 0 {
		t.Errorf("a sound site: got %q", broken)
	}
	for link, want := range map[string]string{
		`<a href="two.html">`:                                "there is no such page",
		`<a href="code/one.html#there">`:                     "the page has no such anchor",
		`<script src="https://example.org/x.js"></script>`:   "would be fetched from elsewhere",
		`<link rel="stylesheet" href="//example.org/x.css">`: "would be fetched from elsewhere",
		`<a href="/index.html">`:                             "leads out of a book that is opened as a file",
	} {
		s.files["index.html"] = []byte(link)
		if broken := s.Broken(); len(broken) != 1 || !strings.HasSuffix(broken[0], want) {
			t.Errorf("%s: got %q, want %q", link, broken, want)
		}
	}
}

func TestTwoPagesOfOnePathAreAnError(t *testing.T) {
	if err := pages(t).Add("index.html", nil); err == nil {
		t.Error("the second page was taken")
	}
	if err := pages(t).Add("../index.html", nil); err == nil {
		t.Error("a page outside was taken")
	}
}

func TestWriteTakesOnlyAnEmptyFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "book")
	if err := pages(t).Write(dir); err != nil {
		t.Fatal(err)
	}
	if page, err := os.ReadFile(filepath.Join(dir, "code/one.html")); err != nil || !strings.Contains(string(page), "One") {
		t.Errorf("got %q, %v", page, err)
	}
	if err := pages(t).Write(dir); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("a folder that holds a book: got %v, want %v", err, ErrNotEmpty)
	}
	file := filepath.Join(dir, "index.html")
	if err := pages(t).Write(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a file for a folder: got %v, want an error that names it", err)
	}
	// Nobody, not even root, makes a folder there.
	if err := pages(t).Write("/proc/book"); err == nil || !strings.Contains(err.Error(), "/proc/book") {
		t.Errorf("a folder that cannot be written: got %v, want an error that names it", err)
	}
}

func TestServedPages(t *testing.T) {
	for _, test := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/", 200, "one"},
		{"GET", "/code/one.html", 200, "One"},
		{"GET", "/../../etc/passwd", 404, "none"},
		{"GET", "/two.html", 404, "none"},
		{"HEAD", "/", 200, ""},
		{"POST", "/", 405, "a book is only read"},
	} {
		w := httptest.NewRecorder()
		pages(t).ServeHTTP(w, httptest.NewRequest(test.method, test.path, nil))
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.body) {
			t.Errorf("%s %s: got %d %q, want %d %q", test.method, test.path, w.Code, w.Body, test.status, test.body)
		}
	}
}

func TestServeEndsWithItsContextAndAPortInUseIsSaid(t *testing.T) {
	listener, err := Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if _, err := Listen(port); !errors.Is(err, ErrInUse) {
		t.Errorf("a port in use: got %v, want %v", err, ErrInUse)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	served := pages(t)
	go func() { ended <- served.Serve(ctx, listener) }()
	answer, err := http.Get("http://" + listener.Addr().String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	cancel()
	if err := <-ended; err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("got %d and %v", answer.StatusCode, err)
	}
}
