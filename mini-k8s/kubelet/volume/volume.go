// Package volume makes the folders of a pod's volumes: those that are empty at
// first, those of the node, and those whose files are ConfigMaps, Secrets and what
// a pod knows of itself.
//
//	paths, err := volume.SetUp(ctx, folder, pod, surroundings)  // by volume name
//	mounts, err := volume.Mounts(container, paths)
//
// SetUp may come again: files change then with what they are made from, all of a
// volume at one instant. The folder is the pod's, and removed with it.
package volume

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"drydock/mini-k8s/kubelet/cri"
	"drydock/mini-k8s/kubelet/podspec"

	corev1 "k8s.io/api/core/v1"
)

// SetUp makes the volumes of a pod below a folder, and returns where each is.
func SetUp(ctx context.Context, folder string, pod *corev1.Pod, s podspec.Surroundings) (map[string]string, error) {
	paths := map[string]string{}
	for _, each := range pod.Spec.Volumes {
		path := filepath.Join(folder, each.Name)
		var err error
		switch {
		case each.EmptyDir != nil:
			err = makeEmpty(path)
		case each.HostPath != nil:
			path, err = each.HostPath.Path, checkHost(each.HostPath)
		default:
			var files map[string]file
			if files, err = contents(ctx, pod, each, s); err == nil {
				err = write(path, files)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("MountVolume.SetUp failed for volume %q : %w", each.Name, err)
		}
		paths[each.Name] = path
	}
	return paths, nil
}

// makeEmpty makes a folder that every user of the pod's may write to.
func makeEmpty(path string) error {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return err
	}
	return os.Chmod(path, 0o777) // whatever the umask
}

// checkHost looks at what a pod wants of the node, and makes it if that is meant.
func checkHost(host *corev1.HostPathVolumeSource) error {
	kind := corev1.HostPathUnset
	if host.Type != nil {
		kind = *host.Type
	}
	switch kind {
	case corev1.HostPathDirectoryOrCreate:
		return os.MkdirAll(host.Path, 0o755)
	case corev1.HostPathFileOrCreate:
		made, err := os.OpenFile(host.Path, os.O_CREATE|os.O_RDONLY, 0o644)
		return errors.Join(err, made.Close())
	}
	info, err := os.Stat(host.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && kind == corev1.HostPathUnset:
		return os.MkdirAll(host.Path, 0o755)
	case err != nil:
		return fmt.Errorf("hostPath type check failed: %w", err)
	case kind == corev1.HostPathDirectory && !info.IsDir():
		return fmt.Errorf("hostPath type check failed: %s is not a directory", host.Path)
	case kind == corev1.HostPathFile && !info.Mode().IsRegular():
		return fmt.Errorf("hostPath type check failed: %s is not a file", host.Path)
	}
	return nil
}

// Mounts are what a container sees of the volumes.
func Mounts(c corev1.Container, paths map[string]string) ([]cri.Mount, error) {
	var mounts []cri.Mount
	for _, each := range c.VolumeMounts {
		source := paths[each.Name]
		if each.SubPath != "" {
			var err error
			if source, err = below(source, each.SubPath); err != nil {
				return nil, fmt.Errorf("failed to prepare subPath for volumeMount %q of container %q: %w", each.Name, c.Name, err)
			}
		}
		mounts = append(mounts, cri.Mount{Source: source, Destination: each.MountPath, ReadOnly: each.ReadOnly})
	}
	return mounts, nil
}

// below is a place in a volume, made if it is not there. Links that a container
// has put in its way must not lead out of the volume: os.Root follows none that
// does, and what comes out is a path without links.
func below(volume, name string) (string, error) {
	root, err := os.OpenRoot(volume)
	if err != nil {
		return "", err
	}
	defer root.Close()
	if _, err := root.Stat(name); errors.Is(err, fs.ErrNotExist) {
		if err := root.MkdirAll(name, 0o755); err != nil {
			return "", err
		}
	} else if err != nil {
		return "", err
	}
	base, err := filepath.EvalSymlinks(volume)
	if err != nil {
		return "", err
	}
	found, err := filepath.EvalSymlinks(filepath.Join(volume, name))
	if err == nil && !strings.HasPrefix(found+"/", base+"/") {
		err = fmt.Errorf("%s leads out of the volume", name)
	}
	return found, err
}
