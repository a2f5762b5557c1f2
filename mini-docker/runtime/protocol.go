package runtime

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"drydock/mini-docker/explain"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// The creating process and the container's first process talk over two sockets
// that the latter inherits:
//
//	creator                          first process ("init")
//	   │ ── initRequest ──────────────▶ │   setupFD, a socket pair
//	   │                                │   builds the root, enters it
//	   │ ── followUp, the rest ───────▶ │   compiled while that is going on
//	   │ ◀─────────────────────── step  │   before each step, if it is narrated,
//	   │ ── followUp ─────────────────▶ │   and go ahead
//	   │ ◀───────────────────── Hooks ─ │   if the creator has some to run
//	   │ ── followUp ─────────────────▶ │
//	   │ ◀───────────────── initReply ─ │   with the terminal, if there is one
//	   ┆                                │   waits on startFD
//	starter                             │
//	   │ ── connects ─────────────────▶ │   startFD, a listening socket
//	   │ ◀──────── end of file ──────── │   execve succeeded and closed it, or
//	   │ ◀───────────────── initReply ─ │   it did not, and why
//
// Their numbers are these, behind those that the command is to have: see preserved.
const (
	setupFD = 3
	startFD = 4
	selfFD  = 5 // what the first process is executed from
)

// initArg is argv[0] of a container's first process: how MaybeInit knows it,
// and what ps shows while the process builds the container.
const initArg = "mini-docker-init"

// initRequest is what the first process must know.
type initRequest struct {
	Spec portion
	Root string // absolute path of the root file system

	Mounts, Cgroups uint64 // numbers of the creator's namespaces

	Hooks json.RawMessage `json:",omitempty"` // an initHooks, if there are any

	LookUp bool `json:",omitempty"` // the command, before it is started

	EnterCgroups bool `json:",omitempty"` // see cgroupsFD

	Init, DieWithParent, KeepKeyring, Narrate bool // see CreateOptions
}

// portion is what the first process needs of config.json. The package json
// prepares itself for every type within a type, whether it is used or not: for
// the whole of specs.Spec that takes both sides a millisecond of each start.
type portion struct {
	Process              *specs.Process
	Root                 *specs.Root
	Hostname, Domainname string
	Mounts               []specs.Mount

	UIDMappings, GIDMappings   []specs.LinuxIDMapping `json:",omitempty"`
	Namespaces                 []specs.LinuxNamespace
	Sysctl                     map[string]string   `json:",omitempty"`
	Devices                    []specs.LinuxDevice `json:",omitempty"`
	MaskedPaths, ReadonlyPaths []string            `json:",omitempty"`
	RootfsPropagation          string              `json:",omitempty"`
}

func portionOf(s *specs.Spec) portion {
	return portion{
		Process: s.Process, Root: s.Root, Hostname: s.Hostname, Domainname: s.Domainname, Mounts: s.Mounts,
		UIDMappings: s.Linux.UIDMappings, GIDMappings: s.Linux.GIDMappings, Namespaces: s.Linux.Namespaces,
		Sysctl: s.Linux.Sysctl, Devices: s.Linux.Devices,
		MaskedPaths: s.Linux.MaskedPaths, ReadonlyPaths: s.Linux.ReadonlyPaths, RootfsPropagation: s.Linux.RootfsPropagation,
	}
}

// spec gives the portion its usual form again.
func (p portion) spec() *specs.Spec {
	return &specs.Spec{
		Process: p.Process, Root: p.Root, Hostname: p.Hostname, Domainname: p.Domainname, Mounts: p.Mounts,
		Linux: &specs.Linux{
			UIDMappings: p.UIDMappings, GIDMappings: p.GIDMappings, Namespaces: p.Namespaces,
			Sysctl: p.Sysctl, Devices: p.Devices, MaskedPaths: p.MaskedPaths, ReadonlyPaths: p.ReadonlyPaths,
			RootfsPropagation: p.RootfsPropagation,
		},
	}
}

// followUp is what the creator sends later: the rest of the request, once, and
// that a step may be taken.
type followUp struct {
	IsRest bool   `json:",omitempty"`
	Filter []byte `json:",omitempty"` // compiled seccomp profile; none if there is no profile
}

// initReply tells how it went; an empty one that it went well.
type initReply struct {
	Error string `json:",omitempty"`
	Kind  string `json:",omitempty"` // which of the package's errors it is, if it is one

	// Step is what comes next, while the building is being narrated. The first
	// process goes on when it gets any answer.
	Step       *explain.Step `json:",omitempty"`
	Particular string        `json:",omitempty"`

	// Hooks says that it is the time of the creator's hooks. Any answer, as above.
	Hooks bool `json:",omitempty"`
}

// The errors that keep their identity on the way between the processes.
var errorOfKind = map[string]error{
	"not found":      ErrCommandNotFound,
	"not executable": ErrCommandNotExecutable,
}

// replyOf packs an error.
func replyOf(err error) initReply {
	reply := initReply{Error: err.Error()}
	for kind, sentinel := range errorOfKind {
		if errors.Is(err, sentinel) {
			reply.Kind = kind
		}
	}
	return reply
}

// err unpacks it again.
func (r initReply) err() error {
	if r.Error == "" {
		return nil
	}
	return &initError{text: r.Error, sentinel: errorOfKind[r.Kind]}
}

// initError is an error that happened in the first process.
type initError struct {
	text     string
	sentinel error // may be nil
}

func (e *initError) Error() string { return e.text }
func (e *initError) Unwrap() error { return e.sentinel }

// sendReply sends a reply and, unless it is nil, an open file with it. See
// unix(7), SCM_RIGHTS.
func sendReply(socket *os.File, reply initReply, file *os.File) error {
	text, err := json.Marshal(reply)
	if err != nil {
		return err
	}
	var rights []byte
	if file != nil {
		rights = unix.UnixRights(int(file.Fd()))
	}
	return unix.Sendmsg(int(socket.Fd()), text, rights, nil, unix.MSG_NOSIGNAL)
}

// receiveReply receives what sendReply sent. That the other side hung up without
// a word is not an error here.
func receiveReply(socket *net.UnixConn) (reply initReply, file *os.File, hung bool, err error) {
	text := make([]byte, 64<<10)
	rights := make([]byte, unix.CmsgSpace(4))
	n, rightsN, _, _, err := socket.ReadMsgUnix(text, rights)
	if errors.Is(err, io.EOF) || errors.Is(err, unix.ECONNRESET) {
		return reply, nil, true, nil
	}
	if err != nil {
		return reply, nil, false, err
	}
	if rightsN > 0 {
		if file, err = receivedFile(rights[:rightsN]); err != nil {
			return reply, nil, false, err
		}
	}
	return reply, file, false, json.Unmarshal(text[:n], &reply)
}

// receivedFile takes the one file out of a control message.
func receivedFile(rights []byte) (*os.File, error) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil || len(messages) == 0 {
		return nil, fmt.Errorf("reading a control message: %w", err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return nil, fmt.Errorf("receiving one descriptor, got %d: %w", len(fds), err)
	}
	unix.CloseOnExec(fds[0])
	return os.NewFile(uintptr(fds[0]), "terminal"), nil
}
