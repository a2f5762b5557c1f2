package uninstall

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Where mini-docker keeps root's images and containers, and what must not survive
// a reboot, below /.
const (
	system    = "var/lib/mini-docker"
	systemRun = "run/mini-docker"
)

// engines are the roots of mini-docker's that this user has: those that
// mini-docker itself would choose, by the same rules (dirs.Locate).
func (u *Uninstall) engines() []Place {
	const what = "mini-docker's images and containers"
	var all []Place
	add := func(path, what string, engine bool) {
		if _, err := os.Stat(path); path != "" && err == nil {
			all = append(all, Place{Path: path, What: what, engine: engine})
		}
	}
	add(u.getenv("MINI_DOCKER_ROOT"), what, true)
	if os.Geteuid() == 0 {
		add(filepath.Join(u.top, system), what, true)
		add(filepath.Join(u.top, systemRun), "the runtime's state", false)
	}
	if data := u.data(); data != "" {
		add(filepath.Join(data, "mini-docker"), what, true)
	}
	add(u.runtime("mini-docker"), "the runtime's state", false)
	return all
}

// data is the folder of the user's data of all programs, or "" where it is not
// known.
func (u *Uninstall) data() string {
	data := u.getenv("XDG_DATA_HOME")
	if home := u.getenv("HOME"); !filepath.IsAbs(data) && home != "" {
		data = filepath.Join(home, ".local/share")
	}
	return data
}

// Others are the places that are root's, where this is somebody else: only root
// can remove them.
func (u *Uninstall) Others() []Place {
	if os.Geteuid() == 0 {
		return nil
	}
	if _, err := os.Stat(filepath.Join(u.top, system)); err != nil {
		return nil
	}
	return []Place{{Path: filepath.Join(u.top, system), What: "root's images and containers"}}
}

// empty removes a root's containers and volumes with mini-docker itself: some
// files belong to ids that only a user namespace like the container's can remove.
func (u *Uninstall) empty(ctx context.Context, root Place) error {
	containers, err := u.ask(ctx, root, "ps", "-aq", "--no-trunc")
	if err == nil && len(containers) > 0 {
		_, err = u.ask(ctx, root, append([]string{"rm"}, containers...)...)
	}
	if err == nil {
		_, err = u.ask(ctx, root, "volume", "prune", "--all", "--force")
	}
	return err
}

// ask runs mini-docker on a root and returns the lines it prints.
func (u *Uninstall) ask(ctx context.Context, root Place, args ...string) ([]string, error) {
	if !root.engine {
		return nil, nil
	}
	command := exec.CommandContext(ctx, filepath.Join(u.bin, "mini-docker"), append([]string{"--root", root.Path}, args...)...)
	var said bytes.Buffer
	command.Stderr = &said
	text, err := command.Output()
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("looking for containers in %s: %w: build mini-docker with `make build`", root.Path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("looking for containers in %s: %w: %s", root.Path, err, strings.TrimSpace(said.String()))
	}
	return strings.Fields(string(text)), nil
}
