package system

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// testApplet decides an expression: 0 for true, 1 for false, 2 for one that is
// none. See test(1). The shell has a test of its own; this one is for programs
// that start it.
func testApplet(e *applet.Env, args []string) int {
	if e.Name == "[" {
		if len(args) == 0 || args[len(args)-1] != "]" {
			e.Complain("missing ]")
			return applet.Misused
		}
		args = args[:len(args)-1]
	}
	p := &expression{args: args}
	value, err := false, error(nil)
	if len(args) > 0 {
		value, err = p.or()
	}
	if err == nil && len(p.args) > 0 {
		err = fmt.Errorf("unexpected '%s'", p.args[0])
	}
	if err != nil {
		e.Complain(err.Error())
		return applet.Misused
	}
	if value {
		return applet.OK
	}
	return applet.Failed
}

// expression is what is left of the arguments.
type expression struct{ args []string }

var errOperand = errors.New("missing operand")

func (p *expression) next() string {
	arg := p.args[0]
	p.args = p.args[1:]
	return arg
}

func (p *expression) or() (bool, error) {
	value, err := p.and()
	for err == nil && len(p.args) > 0 && p.args[0] == "-o" {
		p.next()
		var other bool
		other, err = p.and()
		value = value || other
	}
	return value, err
}

func (p *expression) and() (bool, error) {
	value, err := p.not()
	for err == nil && len(p.args) > 0 && p.args[0] == "-a" {
		p.next()
		var other bool
		other, err = p.not()
		value = value && other
	}
	return value, err
}

func (p *expression) not() (bool, error) {
	if len(p.args) > 1 && p.args[0] == "!" {
		p.next()
		value, err := p.not()
		return !value, err
	}
	return p.primary()
}

func (p *expression) primary() (bool, error) {
	switch {
	case len(p.args) == 0:
		return false, errOperand
	case len(p.args) >= 3 && isBinary(p.args[1]):
		return binary(p.next(), p.next(), p.next())
	case p.args[0] == "(" && len(p.args) > 1:
		p.next()
		value, err := p.or()
		if err == nil && (len(p.args) == 0 || p.next() != ")") {
			err = errors.New("missing )")
		}
		return value, err
	case len(p.args) >= 2 && len(p.args[0]) == 2 && p.args[0][0] == '-':
		return unary(p.next()[1], p.next())
	}
	return p.next() != "", nil
}

func isBinary(op string) bool {
	switch op {
	case "=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef":
		return true
	}
	return false
}

func binary(a, op, b string) (bool, error) {
	switch op {
	case "=", "==":
		return a == b, nil
	case "!=":
		return a != b, nil
	case "<":
		return a < b, nil
	case ">":
		return a > b, nil
	case "-nt", "-ot", "-ef":
		var x, y unix.Stat_t
		xe, ye := unix.Stat(a, &x), unix.Stat(b, &y)
		switch op {
		case "-ef":
			return xe == nil && ye == nil && x.Dev == y.Dev && x.Ino == y.Ino, nil
		case "-nt":
			return xe == nil && (ye != nil || x.Mtim.Nano() > y.Mtim.Nano()), nil
		}
		return ye == nil && (xe != nil || x.Mtim.Nano() < y.Mtim.Nano()), nil
	}
	m, err := strconv.ParseInt(a, 10, 64)
	if err != nil {
		return false, fmt.Errorf("'%s' is not a number", a)
	}
	n, err := strconv.ParseInt(b, 10, 64)
	if err != nil {
		return false, fmt.Errorf("'%s' is not a number", b)
	}
	return map[string]bool{
		"-eq": m == n, "-ne": m != n, "-lt": m < n, "-le": m <= n, "-gt": m > n, "-ge": m >= n,
	}[op], nil
}

func unary(letter byte, arg string) (bool, error) {
	switch letter {
	case 'n':
		return arg != "", nil
	case 'z':
		return arg == "", nil
	case 't':
		fd, err := strconv.Atoi(arg)
		if err != nil {
			return false, fmt.Errorf("'%s' is not a number", arg)
		}
		_, err = unix.IoctlGetTermios(fd, unix.TCGETS)
		return err == nil, nil
	case 'r', 'w', 'x':
		bits := map[byte]uint32{'r': unix.R_OK, 'w': unix.W_OK, 'x': unix.X_OK}
		return unix.Access(arg, bits[letter]) == nil, nil
	case 'h', 'L':
		_, err := os.Readlink(arg)
		return err == nil, nil
	}
	kinds := map[byte]uint32{
		'f': unix.S_IFREG, 'd': unix.S_IFDIR, 'b': unix.S_IFBLK, 'c': unix.S_IFCHR, 'p': unix.S_IFIFO, 'S': unix.S_IFSOCK,
	}
	bits := map[byte]uint32{'u': unix.S_ISUID, 'g': unix.S_ISGID, 'k': unix.S_ISVTX}
	var st unix.Stat_t
	err := unix.Stat(arg, &st)
	switch {
	case letter == 'e':
		return err == nil, nil
	case letter == 's':
		return err == nil && st.Size > 0, nil
	case kinds[letter] != 0:
		return err == nil && st.Mode&unix.S_IFMT == kinds[letter], nil
	case bits[letter] != 0:
		return err == nil && st.Mode&bits[letter] != 0, nil
	}
	return false, fmt.Errorf("unknown operator '-%c'", letter)
}
