// Package decl reads and changes Go source one declaration at a time, each
// addressed by the name Go prints for it:
//
//	mini-docker/namespace.CloneFlags
//	mini-docker/network.(*Bridge).Attach
//
// Lessons print declarations (Find), a lab cuts one down to what a learner
// starts from (Cut), and what the learner wrote is taken out (Get) and put
// back (Put), so that it can move to a newer copy of the source:
//
//	stub, pruned, err := decl.Cut(src, "PivotRoot", "make newRoot the root")
//	piece, err := decl.Get(src, "PivotRoot")
//	whole, err := decl.Put(stub, "PivotRoot", piece.Text, piece.Imports...)
//
// Source goes in as it is and comes out as gofmt prints it; the same input
// gives the same bytes. One file is looked at at a time, so nothing here needs
// the packages a file imports, or a Go toolchain.
//
// The package does not touch files: that is labs/tree.
package decl

import (
	"fmt"
	"go/token"
	"regexp"
	"strings"
)

// Address says where a declaration is found: the package's folder, relative to
// the module, and the declaration's name in it.
type Address struct {
	Dir  string // mini-docker/network
	Name string // Bridge, (*Bridge).Attach, Subnet.Contains
}

// String is the address as it is written in lessons: Dir, a point, Name.
func (a Address) String() string { return a.Dir + "." + a.Name }

// methodName matches the name of a method: (*T).M, T.M, and with the type
// parameters that Go prints for a generic T, (*T[...]).M.
var methodName = regexp.MustCompile(`^(\(\*)?(\pL[\pL\pN_]*|_[\pL\pN_]+)(\[[^\[\]()]*\])?(\))?\.([\pL_][\pL\pN_]*)$`)

// ParseAddress reads an address. Type parameters of a receiver are dropped:
// they do not tell one declaration from another.
func ParseAddress(s string) (Address, error) {
	// A name holds no slash, a folder may hold points: the name starts behind
	// the first point of the last element.
	base := strings.LastIndexByte(s, '/') + 1
	if open := strings.IndexByte(s, '['); open >= 0 {
		base = strings.LastIndexByte(s[:open], '/') + 1 // [a/b.T] is no folder
	}
	elem, name, found := strings.Cut(s[base:], ".")
	dir := s[:base] + elem
	if !found || elem == "" || !validDir(dir) {
		return Address{}, fmt.Errorf("address %q is not FOLDER.NAME, such as mini-docker/network.(*Bridge).Attach", s)
	}
	name, err := parseName(name)
	if err != nil {
		return Address{}, fmt.Errorf("address %q: %w", s, err)
	}
	return Address{Dir: dir, Name: name}, nil
}

// validDir reports whether dir can be a package's folder below the module.
func validDir(dir string) bool {
	for elem := range strings.SplitSeq(dir, "/") {
		if elem == "" || elem == "." || elem == ".." || strings.ContainsAny(elem, " \t\r\n\\()*[]\x00") {
			return false
		}
	}
	return true
}

// parseName checks a declaration's name and gives it its one spelling.
func parseName(name string) (string, error) {
	if token.IsIdentifier(name) {
		if name == "_" || name == "init" {
			return "", fmt.Errorf("%s has no address: a file may hold several of it", name)
		}
		return name, nil
	}
	m := methodName.FindStringSubmatch(name)
	if m == nil || (m[1] == "") != (m[4] == "") || !token.IsIdentifier(m[2]) || !token.IsIdentifier(m[5]) || m[5] == "_" {
		return "", fmt.Errorf("%q is not the name of a declaration: it is Func, (*Type).Method or Type.Method", name)
	}
	return m[1] + m[2] + m[4] + "." + m[5], nil
}

// bare is a name without what marks a pointer receiver: Bridge.Attach. A type
// cannot have two methods that differ only in that.
func bare(name string) string {
	return strings.NewReplacer("(*", "", ")", "").Replace(name)
}
