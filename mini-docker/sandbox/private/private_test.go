package private

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFolderOfOthersIsNotTrusted(t *testing.T) {
	make := func(dir string, mode os.FileMode) string {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	top := t.TempDir()
	target := make(filepath.Join(top, "target"), 0o700)
	link := filepath.Join(top, "link")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, dir, want string }{
		{"new", filepath.Join(top, "new", "er"), ""},
		{"readable", make(filepath.Join(top, "readable"), 0o755), ""},
		{"below a sticky one", filepath.Join(make(filepath.Join(top, "sticky"), 0o777|os.ModeSticky), "mine"), ""},
		{"by a link above", filepath.Join(link, "mine"), ""},
		{"writable", make(filepath.Join(top, "writable"), 0o777), "can be written to by others"},
		{"below a writable one", filepath.Join(make(filepath.Join(top, "open"), 0o777), "mine"), "could exchange"},
		{"a link", link, "a link or a file"},
		{"relative", "relative", "not an absolute path"},
	} {
		err := Dir(test.dir)
		if test.want == "" {
			info, statErr := os.Stat(test.dir)
			if err != nil || statErr != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("%s: got %v, %v, want a folder that is closed", test.name, err, info)
			}
		} else if !errors.Is(err, ErrNotPrivate) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

func TestAFolderOfAnotherUserIsNamed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a folder away")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	for _, each := range []string{dir, filepath.Join(dir, "mine")} {
		if err := Dir(each); !errors.Is(err, ErrNotPrivate) || !strings.Contains(err.Error(), "belongs to user 12345") {
			t.Errorf("%s: got %v, want the owner", each, err)
		}
	}
}
