package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

func TestPackIsDeterministicAndOrdered(t *testing.T) {
	all := tree()
	all["bin/box"] = entry{mode: 0o755, content: "program"}
	all["bin/sh"] = entry{link: "/bin/box"}
	first, err := pack(all)
	if err != nil {
		t.Fatal(err)
	}
	second, err := pack(all)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("two runs packed different bytes")
	}
	seen := map[string]bool{"": true}
	for _, h := range headers(t, first) {
		name := strings.TrimSuffix(h.Name, "/")
		parent, _, _ := cutLast(name)
		if !seen[parent] {
			t.Errorf("%s stands before its parent", name)
		}
		seen[name] = true
		if h.ModTime.Unix() != 0 {
			t.Errorf("%s has time %v, want zero", name, h.ModTime)
		}
		if h.Uid != 0 || h.Gid != 0 {
			t.Errorf("%s belongs to %d, want root", name, h.Uid)
		}
		if name == "tmp" && h.Mode != 0o1777 {
			t.Errorf("tmp has mode %o, want 1777", h.Mode)
		}
	}
	for _, want := range []string{"bin/sh", "etc/passwd", "proc", "home/app"} {
		if !seen[want] {
			t.Errorf("%s is missing", want)
		}
	}
}

func cutLast(path string) (parent, name string, ok bool) {
	at := strings.LastIndexByte(path, '/')
	if at < 0 {
		return "", path, false
	}
	return path[:at], path[at+1:], true
}

func headers(t *testing.T, gz []byte) []*tar.Header {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(gz))
	if err != nil {
		t.Fatal(err)
	}
	var all []*tar.Header
	for archive := tar.NewReader(zip); ; {
		h, err := archive.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, h)
	}
}
