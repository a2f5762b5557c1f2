package shell

import (
	"os"
	"strings"
)

// parseInvocation reads sh's command line. Options end at the first operand.
func parseInvocation(args []string) (call invocation, wrong string) {
	call.name = "sh"
	call.login = len(os.Args) > 0 && strings.HasPrefix(os.Args[0], "-")
	for len(args) > 0 && len(args[0]) > 1 && (args[0][0] == '-' || args[0][0] == '+') {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			break
		}
		if strings.HasPrefix(arg, "--") {
			return call, "unknown option '" + arg + "'"
		}
		for _, letter := range arg[1:] {
			if letter == 'o' {
				if len(args) == 0 {
					return call, "option '-o' needs a value"
				}
				call.options = append(call.options, arg[:1]+"o", args[0])
				args = args[1:]
			} else if !call.option(arg[:1], letter) {
				return call, "unknown option -- '" + string(letter) + "'"
			}
		}
	}
	if call.hasCommand {
		if len(args) == 0 {
			return call, "option '-c' needs a value"
		}
		call.command, args = args[0], args[1:]
		if len(args) > 0 {
			call.name, args = args[0], args[1:]
		}
	} else if len(args) > 0 && !call.stdin {
		call.file, call.name, args = args[0], args[0], args[1:]
	}
	call.params = args
	return call, ""
}

// option takes one letter; sign is what stood before it.
func (call *invocation) option(sign string, letter rune) (known bool) {
	switch letter {
	case 'c':
		call.hasCommand = true
	case 's':
		call.stdin = true
	case 'i':
		call.interactive = true
	case 'l':
		call.login = true
	case 'a', 'e', 'f', 'n', 'u', 'x':
		call.options = append(call.options, sign+string(letter))
	default:
		return false
	}
	return true
}
