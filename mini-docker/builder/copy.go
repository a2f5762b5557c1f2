package builder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"drydock/mini-docker/layer"
	"drydock/mini-docker/layer/stack"
)

// copyStep copies files into the image: from the context, a stage or an image.
// The layer is written without a container, as a tar archive. First its content is
// digested, which is its key; only what is new is written.
func (b *build) copyStep(ctx context.Context, s *stage, c *instructions.CopyCommand, files *contextFiles) error {
	from, err := b.copySource(ctx, c.From, files)
	if err != nil {
		return err
	}
	into, err := b.tree(s)
	if err != nil {
		return err
	}
	job := &copyJob{from: from, into: into, base: workdir(&s.config.Config, ".")}
	if err := job.read(c); err != nil {
		return err
	}
	by := fmt.Sprintf("COPY %s %s", strings.Join(c.SourcePaths, " "), c.DestPath)
	content, err := job.digest(ctx)
	if err != nil {
		return err
	}
	return b.writeLayer(ctx, s, s.key("COPY", content), by, job.write)
}

// writeLayer adds a layer that write writes as a tar archive, unless one is
// remembered under the key.
func (b *build) writeLayer(ctx context.Context, s *stage, key, by string, write func(context.Context, io.Writer) error) error {
	if found, ok := b.cached(key); ok {
		b.options.Progress.Cached()
		b.addLayer(s, found, by)
		return nil
	}
	packed, result, err := b.in.AddWritten(ctx, func(w io.Writer) error { return write(ctx, w) })
	if err != nil {
		return err
	}
	id, err := v1.NewHash(string(result.DiffID))
	if err != nil {
		return err
	}
	b.warnLost(result)
	b.keep(s, key, made{Packed: packed, DiffID: id}, by)
	return nil
}

// warnLost tells an ordinary user what could not be kept.
func (b *build) warnLost(result layer.Result) {
	if result.OwnersLost > 0 {
		b.options.Progress.Warn(fmt.Sprintf("%d files belong to root instead of who they were given to: you have no ids to give them (see /etc/subuid)", result.OwnersLost))
	}
}

// copySource is where --from leads.
func (b *build) copySource(ctx context.Context, name string, files *contextFiles) (source, error) {
	if name == "" {
		return files.tree(), nil
	}
	if from := b.stage(name); from != nil {
		tree, err := b.tree(from)
		return source{files: tree}, err
	}
	found, err := b.baseImage(ctx, name)
	if err != nil {
		return source{}, fmt.Errorf("--from=%s: %w", name, err)
	}
	dirs, err := b.store.Layers(ctx, found)
	return source{files: stack.New(dirs...)}, err
}

// copyJob is one COPY: where each of its files comes from and goes to.
type copyJob struct {
	from     source
	into     *stack.Tree
	base     string // WORKDIR
	uid, gid int
	mode     *int64 // --chmod
	items    []copyItem
	dirs     []string // that lead to the destination, and must be told
}

// copyItem is one file or directory.
type copyItem struct{ from, to string }

// read finds out what is copied where.
func (j *copyJob) read(c *instructions.CopyCommand) error {
	if err := j.readOwner(c.Chown, c.Chmod); err != nil {
		return err
	}
	var sources []string
	for _, pattern := range c.SourcePaths {
		found, err := j.glob(pattern)
		if err != nil {
			return err
		}
		sources = append(sources, found...)
	}
	isDir := strings.HasSuffix(c.DestPath, "/") || path.Base(c.DestPath) == "." || c.DestPath == ""
	to, err := j.into.Resolve(j.destination(c.DestPath))
	if err != nil {
		return err
	}
	if info, err := j.into.Lstat(to); to == "." || err == nil && info.IsDir() {
		isDir = true
	}
	if len(sources) > 1 && !isDir {
		return errors.New("when using COPY with more than one source file, the destination must be a directory and end with a /")
	}
	for _, each := range sources {
		info, err := j.from.files.Lstat(each)
		if err != nil {
			return err
		}
		switch {
		case info.IsDir(): // what is in it, not itself: the destination stays as it is
			j.dirs = append(j.dirs, to)
			err = j.addTree(each, to)
		case isDir:
			j.items = append(j.items, copyItem{each, path.Join(to, path.Base(each))})
		default:
			j.items = append(j.items, copyItem{each, to})
		}
		if err != nil {
			return err
		}
	}
	j.dirs = ancestors(j.items, j.dirs...)
	return nil
}

func (j *copyJob) destination(dest string) string {
	if path.IsAbs(dest) {
		return dest
	}
	return path.Join(j.base, dest)
}

// readOwner reads --chown and --chmod. Names would be those of the image.
func (j *copyJob) readOwner(owner, mode string) error {
	if owner != "" {
		user, group, hasGroup := strings.Cut(owner, ":")
		uid, err := strconv.ParseUint(user, 10, 31)
		gid := uid
		if err == nil && hasGroup {
			gid, err = strconv.ParseUint(group, 10, 31)
		}
		if err != nil {
			return fmt.Errorf("--chown=%s: only numbers are supported: UID[:GID]", owner)
		}
		j.uid, j.gid = int(uid), int(gid)
	}
	if mode != "" {
		bits, err := strconv.ParseInt(mode, 8, 64)
		if err != nil || bits < 0 || bits > 0o7777 {
			return fmt.Errorf("--chmod=%s: only octal numbers are supported", mode)
		}
		j.mode = &bits
	}
	return nil
}

// glob finds what a source means: one name, or all that a pattern matches.
func (j *copyJob) glob(pattern string) ([]string, error) {
	clean := strings.TrimPrefix(path.Clean("/"+pattern), "/")
	if clean == "" {
		clean = "."
	}
	names := []string{clean}
	if strings.ContainsAny(clean, `*?[\`) {
		var err error
		if names, err = fs.Glob(j.from.files, clean); err != nil {
			return nil, fmt.Errorf("%s: %w", pattern, err)
		}
	}
	var found []string
	for _, name := range names {
		out, err := j.from.isLeftOut(name)
		if err != nil {
			return nil, err
		}
		if _, err := j.from.files.Lstat(name); err == nil && (!out || j.from.exceptions) {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("COPY failed: no source files were specified: %s is not in the build context, or excluded by .dockerignore", pattern)
	}
	return found, nil
}

// addTree adds a directory and all below it.
func (j *copyJob) addTree(from, to string) error {
	return fs.WalkDir(j.from.files, from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == from {
			return err
		}
		out, err := j.from.isLeftOut(name)
		if err != nil {
			return err
		}
		if out {
			if entry.IsDir() && !j.from.exceptions {
				return fs.SkipDir
			}
			return nil
		}
		below := strings.TrimPrefix(strings.TrimPrefix(name, from), "/")
		if from == "." {
			below = name
		}
		j.items = append(j.items, copyItem{name, path.Join(to, below)})
		return nil
	})
}

// ancestors are the directories above what is copied which are not copied
// themselves, and the given ones, from the top down.
func ancestors(items []copyItem, dirs ...string) []string {
	copied, above := map[string]bool{}, map[string]bool{}
	for _, item := range items {
		copied[item.to] = true
	}
	add := func(dir string) {
		for ; dir != "."; dir = path.Dir(dir) {
			if !copied[dir] {
				above[dir] = true
			}
		}
	}
	for _, item := range items {
		add(path.Dir(item.to))
	}
	for _, dir := range dirs {
		add(dir)
	}
	dirs = nil
	for dir := range above {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	return dirs
}
