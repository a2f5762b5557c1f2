package site

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"path"
	"strings"
	"syscall"
	"time"
)

// NotFound is the path of the page that is served in place of one that is not
// there.
const NotFound = "404.html"

// ErrInUse is an address that another program listens on.
var ErrInUse = errors.New("another program listens there: name another port with --port, or 0 for any that is free")

// ServeHTTP answers with a file of the site.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "a book is only read", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if strings.HasSuffix(r.URL.Path, "/") {
		name = path.Join(name, "index.html")
	}
	status := http.StatusOK
	content, ok := s.files[name]
	if !ok {
		name, status = NotFound, http.StatusNotFound
		content = s.files[NotFound]
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	// Nothing but this book: also what a slip in a page would fetch from elsewhere.
	w.Header().Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		w.Write(content) // who has gone away needs no page
	}
}

// Listen opens a port of the loopback address: the book is for whoever sits here.
// Port 0 is any that is free.
func Listen(port int) (net.Listener, error) {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("serving on port %d: %w", port, ErrInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("serving on port %d: %w", port, err)
	}
	return listener, nil
}

// Serve answers on a listener until the context ends, which is no error.
func (s *Site) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the book: %w", err)
	}
	return nil
}
