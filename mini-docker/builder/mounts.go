package builder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"drydock/mini-docker/builder/transfer"
	"drydock/mini-docker/engine"
	request "drydock/mini-docker/engine/mounts"
	"drydock/mini-docker/layer"
	"drydock/mini-docker/layer/stack"
)

// mounts are what a RUN sees besides its image, of which nothing stays in the layer
// (Dockerfile reference, RUN --mount).
type mounts struct {
	build *build
	stage *stage
	key   []string // what the layer depends on: of a bind its files, of a cache nothing but its name
	binds []request.Request
	tmpfs map[string]string
	env   []string                      // of secrets
	later []func(context.Context) error // what need not be done for a step that is cached
	undo  []func() error

	caches    []cacheMount
	cacheDirs map[string]string // by their ids, once they are locked
}

// add finds out what is mounted, without making it.
func (m *mounts) add(ctx context.Context, wanted []*instructions.Mount) error {
	for _, each := range wanted {
		if each.Target == "" && each.Type != instructions.MountTypeSecret {
			return fmt.Errorf("--mount=type=%s needs a target", each.Type)
		}
		if each.Target != "" {
			each.Target = workdir(&m.stage.config.Config, each.Target)
		}
		var err error
		switch each.Type {
		case instructions.MountTypeBind:
			err = m.bind(ctx, each)
		case instructions.MountTypeCache:
			err = m.cache(ctx, each)
		case instructions.MountTypeTmpfs:
			m.note("tmpfs", each.Target)
			m.tmpfs[each.Target] = tmpfsOptions(each)
		case instructions.MountTypeSecret:
			err = m.secret(each)
		default:
			err = fmt.Errorf("--mount=type=%s is not supported", each.Type)
		}
		if err != nil {
			return err
		}
	}
	if len(m.build.options.Hosts) > 0 {
		m.later = append(m.later, m.hosts)
	}
	return nil
}

func (m *mounts) note(parts ...string) { m.key = append(m.key, digest(parts...)) }

func (m *mounts) make(ctx context.Context) error {
	if err := m.lockCaches(ctx); err != nil {
		return err
	}
	for _, each := range m.later {
		if err := each(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (m *mounts) free() error {
	var err error
	for _, each := range m.undo {
		err = errors.Join(err, each())
	}
	m.undo = nil
	return err
}

// tmpfsOptions are those of mount(8).
func tmpfsOptions(wanted *instructions.Mount) string {
	options := "exec,mode=1777"
	if wanted.SizeLimit > 0 {
		options += fmt.Sprintf(",size=%d", wanted.SizeLimit)
	}
	if wanted.ReadOnly {
		options += ",ro"
	}
	return options
}

// bind shows files of the context, a stage or an image. They are laid out in a
// folder of their own, so that .dockerignore counts, no link leads out, and what is
// written there is lost afterwards, as it should be.
func (m *mounts) bind(ctx context.Context, wanted *instructions.Mount) error {
	from, err := m.shown(ctx, wanted)
	if err != nil {
		return err
	}
	m.note(append([]string{"bind", wanted.Target, from.name, fmt.Sprint(wanted.ReadOnly)}, from.content...)...)
	m.later = append(m.later, func(ctx context.Context) error {
		dir, err := m.build.layOut(ctx, from.job)
		m.binds = append(m.binds, engine.Bind(filepath.Join(dir, from.name), wanted.Target, wanted.ReadOnly))
		return err
	})
	return nil
}

// shown are files that a mount shows, and where they are when they are laid out.
type shown struct {
	job     *transfer.Job
	name    string
	content transfer.Content
}

const shownTree = "tree" // a folder that is laid out

func (m *mounts) shown(ctx context.Context, wanted *instructions.Mount) (*shown, error) {
	from, err := m.build.source(ctx, m.stage, wanted.From)
	if err != nil {
		return nil, err
	}
	at, err := stack.Resolve(from.Files, strings.TrimPrefix(path.Clean("/"+wanted.Source), "/"))
	if err != nil {
		return nil, err
	}
	info, err := from.Files.Lstat(at)
	if err != nil {
		return nil, fmt.Errorf("--mount=type=%s: there is no %s to mount", wanted.Type, path.Join("/", wanted.Source))
	}
	dest, s := "/"+shownTree+"/", &shown{name: shownTree}
	if !info.IsDir() {
		dest, s.name = "/"+shownTree+"/file", shownTree+"/file"
	}
	if s.job, err = transfer.New(transfer.Request{From: from, Into: stack.New(), Paths: []string{at}, Dest: dest}); err != nil {
		return nil, err
	}
	s.content, err = s.job.Digest(ctx)
	return s, err
}

// layOut writes files into a folder of the build's own.
func (b *build) layOut(ctx context.Context, job *transfer.Job) (string, error) {
	scratch, err := b.in.Scratch(ctx)
	if err != nil {
		return "", err
	}
	archive, err := os.Create(filepath.Join(scratch, "tar"))
	if err != nil {
		return "", err
	}
	defer archive.Close()
	if err := job.Write(ctx, archive); err != nil {
		return "", err
	}
	if _, err := archive.Seek(0, 0); err != nil {
		return "", err
	}
	dir := filepath.Join(scratch, "files")
	_, err = layer.Apply(ctx, dir, archive, layer.ApplyOptions{UserXattr: b.store.UserXattr()})
	return dir, errors.Join(err, os.Remove(archive.Name()))
}

// script gives a program a here-document as a file, and says where it is.
func (m *mounts) script(name, text string) (string, error) {
	m.note("script", name, text)
	at := path.Join("/dev/pipes", lastName(name))
	m.later = append(m.later, func(ctx context.Context) error {
		return m.scratchFile(ctx, at, text, 0o755)
	})
	return at, nil
}

// hosts has the container know hosts that no name server does.
func (m *mounts) hosts(ctx context.Context) error {
	text := "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
	for _, each := range m.build.options.Hosts {
		name, address, _ := strings.Cut(each, ":")
		text += address + "\t" + name + "\n"
	}
	return m.scratchFile(ctx, "/etc/hosts", text, 0o644)
}

// scratchFile mounts a file that goes with the build.
func (m *mounts) scratchFile(ctx context.Context, at, text string, mode os.FileMode) error {
	dir, err := m.build.in.Scratch(ctx)
	if err != nil {
		return err
	}
	return m.file(dir, at, text, mode)
}

// file mounts a file that is written for it, in a folder of its own.
func (m *mounts) file(dir, at, text string, mode os.FileMode) error {
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		return err
	}
	m.binds = append(m.binds, engine.Bind(file, at, true))
	return os.Chmod(file, mode) // whatever the umask takes
}
