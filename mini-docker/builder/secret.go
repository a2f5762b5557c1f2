package builder

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// Secret is something that a RUN may see and that is in no layer: the content of a
// file, or of a variable of the caller's environment. As a variable of the RUN
// (--mount=type=secret,env=NAME) it is in no file of the container either.
type Secret struct{ Path, Env string }

// maxSecret is Docker's limit, in bytes.
const maxSecret = 500 << 10

func (s Secret) read() (string, error) {
	if s.Env != "" {
		return os.Getenv(s.Env), nil
	}
	info, err := os.Stat(s.Path)
	if err != nil {
		return "", err
	}
	if info.Size() > maxSecret {
		return "", fmt.Errorf("it has %d bytes, and a secret may have %d", info.Size(), maxSecret)
	}
	text, err := os.ReadFile(s.Path)
	return string(text), err
}

// secret shows a secret, as a file or a variable. Its content does not decide whether
// the step is cached: the layer should not depend on it.
func (m *mounts) secret(wanted *instructions.Mount) error {
	id, variable, target := secretPlace(wanted)
	mode := uint64(0o400)
	if wanted.Mode != nil {
		mode = *wanted.Mode
	}
	m.note("secret", id, target, variable, fmt.Sprint(mode, wanted.UID, wanted.GID))
	secret, ok := m.build.options.Secrets[id]
	if !ok {
		if wanted.Required {
			return fmt.Errorf("secret %s: not found: give it with --secret id=%s,src=FILE", id, id)
		}
		return nil
	}
	m.later = append(m.later, func(context.Context) error {
		text, err := secret.read()
		if err != nil {
			return fmt.Errorf("secret %s: %w", id, err)
		}
		if variable != "" {
			m.env = append(m.env, variable+"="+text)
		}
		if target == "" {
			return nil
		}
		dir, err := m.secretDir()
		if err != nil {
			return err
		}
		if err := m.file(dir, target, text, os.FileMode(mode)); err != nil {
			return err
		}
		return own(m.binds[len(m.binds)-1].Source, wanted)
	})
	return nil
}

// secretPlace says which secret is wanted, and as which variable, which file or both.
func secretPlace(wanted *instructions.Mount) (id, variable, target string) {
	if id = cmp.Or(wanted.CacheID, wanted.Source); id == "" {
		id = path.Base(wanted.Target)
	}
	if wanted.Env != nil {
		variable = cmp.Or(*wanted.Env, id)
	}
	target = wanted.Target
	if target == "" && variable == "" {
		target = path.Join("/run/secrets", path.Base(id))
	}
	return id, variable, target
}

// secretPrefix starts the names of the folders that secrets lie in.
const secretPrefix = "build-secret-"

// secretDir makes a folder that is removed when the step has ended, in memory where
// the machine has a file system for that. If this process is killed before, the next
// build does it, or Prune.
func (m *mounts) secretDir() (string, error) {
	scratch, err := m.build.engine.Scratch(secretPrefix)
	if err != nil {
		return "", err
	}
	m.undo = append(m.undo, scratch.Close)
	return scratch.Dir, nil
}

// own gives a file or folder to whom a mount names.
func own(file string, wanted *instructions.Mount) error {
	if wanted.UID == nil && wanted.GID == nil {
		return nil
	}
	uid, gid := 0, 0
	if wanted.UID != nil {
		uid = int(*wanted.UID)
	}
	if wanted.GID != nil {
		gid = int(*wanted.GID)
	}
	if err := os.Lchown(file, uid, gid); err != nil {
		return fmt.Errorf("giving %s to %d:%d: %w", filepath.Base(file), uid, gid, err)
	}
	return nil
}
