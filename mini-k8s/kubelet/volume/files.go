package volume

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"drydock/mini-k8s/kubelet/podspec"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// file is one of a volume, by its path.
type file struct {
	text []byte
	mode fs.FileMode
}

// contents are the files of a volume that is made from objects.
func contents(ctx context.Context, pod *corev1.Pod, v corev1.Volume, s podspec.Surroundings) (map[string]file, error) {
	files := map[string]file{}
	add := func(source corev1.VolumeProjection, mode *int32) error {
		return project(ctx, pod, source, mode, s, files)
	}
	switch {
	case v.ConfigMap != nil:
		return files, add(corev1.VolumeProjection{ConfigMap: &corev1.ConfigMapProjection{
			LocalObjectReference: v.ConfigMap.LocalObjectReference, Items: v.ConfigMap.Items, Optional: v.ConfigMap.Optional,
		}}, v.ConfigMap.DefaultMode)
	case v.Secret != nil:
		return files, add(corev1.VolumeProjection{Secret: &corev1.SecretProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: v.Secret.SecretName}, Items: v.Secret.Items, Optional: v.Secret.Optional,
		}}, v.Secret.DefaultMode)
	case v.DownwardAPI != nil:
		return files, add(corev1.VolumeProjection{DownwardAPI: &corev1.DownwardAPIProjection{Items: v.DownwardAPI.Items}}, v.DownwardAPI.DefaultMode)
	case v.Projected != nil:
		for _, each := range v.Projected.Sources {
			if err := add(each, v.Projected.DefaultMode); err != nil {
				return nil, err
			}
		}
		return files, nil
	}
	return nil, errors.New("its kind is not supported")
}

// project adds the files of one source.
func project(ctx context.Context, pod *corev1.Pod, source corev1.VolumeProjection, mode *int32, s podspec.Surroundings, files map[string]file) error {
	switch {
	case source.ConfigMap != nil:
		from := source.ConfigMap
		found, err := s.Sources.ConfigMap(ctx, pod.Namespace, from.Name)
		if err != nil {
			return unlessOptional(err, from.Optional, "configmap", from.Name)
		}
		values := map[string][]byte{}
		for key, text := range found.Data {
			values[key] = []byte(text)
		}
		for key, text := range found.BinaryData {
			values[key] = text
		}
		return pick(values, from.Items, mode, from.Optional, files)
	case source.Secret != nil:
		from := source.Secret
		found, err := s.Sources.Secret(ctx, pod.Namespace, from.Name)
		if err != nil {
			return unlessOptional(err, from.Optional, "secret", from.Name)
		}
		return pick(found.Data, from.Items, mode, from.Optional, files)
	case source.DownwardAPI != nil:
		for _, each := range source.DownwardAPI.Items {
			var text string
			var err error
			if each.FieldRef != nil {
				text, err = podspec.Field(pod, each.FieldRef.FieldPath, s)
			} else {
				text, err = podspec.Resource(pod, corev1.Container{}, each.ResourceFieldRef)
			}
			if err != nil {
				return err
			}
			files[each.Path] = file{[]byte(text), modeOf(each.Mode, mode)}
		}
		return nil
	}
	return errors.New("a source of its kind is not supported: there are configMap, secret and downwardAPI")
}

func unlessOptional(err error, optional *bool, kind, name string) error {
	switch {
	case !apierrors.IsNotFound(err):
		return err
	case optional != nil && *optional:
		return nil
	}
	return fmt.Errorf("%s %q not found", kind, name)
}

// pick takes all keys, or those that are named, under the paths that they are
// given.
func pick(values map[string][]byte, items []corev1.KeyToPath, mode *int32, optional *bool, files map[string]file) error {
	if len(items) == 0 {
		for key, text := range values {
			files[key] = file{text, modeOf(nil, mode)}
		}
	}
	for _, each := range items {
		text, found := values[each.Key]
		if found {
			files[each.Path] = file{text, modeOf(each.Mode, mode)}
		} else if optional == nil || !*optional {
			return fmt.Errorf("references non-existent config key: %s", each.Key)
		}
	}
	return nil
}

func modeOf(own, usual *int32) fs.FileMode {
	switch {
	case own != nil:
		return fs.FileMode(*own)
	case usual != nil:
		return fs.FileMode(*usual)
	}
	return 0o644
}

// dataLink is what the files of a volume are reached through:
//
//	colour -> ..data/colour
//	..data -> ..1234
//	..1234/colour
//
// So they change at one instant, when another link takes the place of ..data
// (rename(2)), and a reader never sees some old and some new ones.
const dataLink = "..data"

// write puts files into a folder, in the place of those that are there.
func write(folder string, files map[string]file) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	before, _ := os.Readlink(filepath.Join(folder, dataLink)) // none at first
	if before != "" && same(filepath.Join(folder, before), files) {
		return nil
	}
	next, err := os.MkdirTemp(folder, "..")
	if err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(next, 0o755), fill(next, files)); err != nil {
		return errors.Join(err, os.RemoveAll(next))
	}
	link := filepath.Join(folder, dataLink+"_tmp")
	err = errors.Join(os.RemoveAll(link), os.Symlink(filepath.Base(next), link), os.Rename(link, filepath.Join(folder, dataLink)))
	if err != nil {
		return err
	}
	for name := range files {
		top := firstOf(name)
		if err := os.Symlink(filepath.Join(dataLink, top), filepath.Join(folder, top)); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if before == "" {
		return nil
	}
	return errors.Join(prune(folder, files), os.RemoveAll(filepath.Join(folder, before)))
}

// fill writes files into a folder that nobody sees yet.
func fill(folder string, files map[string]file) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	for name, each := range files {
		if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := errors.Join(root.WriteFile(name, each.text, 0o600), root.Chmod(name, each.mode)); err != nil {
			return err
		}
	}
	return nil
}

// same reports whether a folder holds these files and no others.
func same(folder string, files map[string]file) bool {
	found := 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, _ := filepath.Rel(folder, path) // of what is below it
		text, err := os.ReadFile(path)
		info, statErr := entry.Info()
		want, there := files[name]
		if err = errors.Join(err, statErr); err == nil && (!there || string(text) != string(want.text) || info.Mode().Perm() != want.mode) {
			err = fs.ErrNotExist
		}
		found++
		return err
	})
	return err == nil && found == len(files)
}

// prune removes the links to files that are there no more.
func prune(folder string, files map[string]file) error {
	wanted := map[string]bool{}
	for name := range files {
		wanted[firstOf(name)] = true
	}
	entries, err := os.ReadDir(folder)
	for _, each := range entries {
		if each.Type() == fs.ModeSymlink && each.Name() != dataLink && !wanted[each.Name()] {
			err = errors.Join(err, os.Remove(filepath.Join(folder, each.Name())))
		}
	}
	return err
}

// firstOf is the first part of a path.
func firstOf(name string) string {
	for above := filepath.Dir(name); above != "."; above = filepath.Dir(above) {
		name = above
	}
	return name
}
