package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestEnvFilesOfOtherSystems(t *testing.T) {
	for text, want := range map[string]string{
		"\xef\xbb\xbfFOO=bar\r\nBAZ=qux \n": "FOO=bar|BAZ=qux ",
		"FOO=1\n\xef\xbb\xbfBAR=2\n":        "FOO=1|\ufeffBAR=2",
		"A=1\nB=\xff\xfe\n":                 "invalid utf8 bytes at line 2",
		"A=1\x00B\n":                        "line 1 holds a NUL byte",
	} {
		file := filepath.Join(t.TempDir(), "env")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readEnvFiles([]string{file})
		if err != nil {
			if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file) {
				t.Errorf("%q: got %v, want %q", text, err, want)
			}
			continue
		}
		if !slices.Equal(got, strings.Split(want, "|")) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
