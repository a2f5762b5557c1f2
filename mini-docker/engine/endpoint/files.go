package endpoint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"drydock/mini-docker/engine/container"
)

// WriteFiles writes the three files of /etc that say who and where the
// container is. One that shares another's network shares its files too.
func WriteFiles(dir string, c *container.Container) error {
	if strings.HasPrefix(c.HostConfig.NetworkMode, container.ModeContainer) {
		return nil
	}
	hosts := []byte(defaultHosts)
	if c.HostConfig.NetworkMode == container.ModeHost {
		if text, err := os.ReadFile("/etc/hosts"); err == nil {
			hosts = text
		}
	}
	for name, text := range map[string][]byte{
		"hostname": []byte(c.Config.Hostname + "\n"), "hosts": hosts, "resolv.conf": resolvConf(c),
	} {
		if err := writeReadable(filepath.Join(dir, name), text); err != nil {
			return fmt.Errorf("writing the container's /etc/%s: %w", name, err)
		}
	}
	return nil
}

// writeReadable writes a file that the container's users may read, whatever the
// umask of whoever made the container.
func writeReadable(path string, text []byte) error {
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return err
	}
	return os.Chmod(path, 0o644)
}
