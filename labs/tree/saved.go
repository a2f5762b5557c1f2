package tree

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// Saved is a text that is another one after each save of a Go file in a tree's folder.
// It is looked at often, so it goes by the files' sizes and times, as make(1) does.
func Saved(dir string) (string, error) {
	names, err := list(dir)
	if err != nil {
		return "", err
	}
	sum, root := sha256.New(), os.DirFS(dir)
	for _, name := range names {
		base := path.Base(name)
		if strings.HasPrefix(base, ".") || !strings.HasSuffix(base, ".go") && base != "go.mod" {
			continue // an editor's, while one types
		}
		if info, err := fs.Stat(root, name); err == nil { // or it is just being replaced
			fmt.Fprintf(sum, "%s %d %d\n", name, info.Size(), info.ModTime().UnixNano())
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}
