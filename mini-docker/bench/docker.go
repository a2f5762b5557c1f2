package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// startDocker finds a docker daemon that runs, or starts one of our own in the
// ground's folder, in the namespaces that the bench has to itself, and gives it
// the base image.
func (g *ground) startDocker(ctx context.Context) error {
	if os.Geteuid() != 0 {
		if err := exec.CommandContext(ctx, "docker", "info").Run(); err != nil {
			return fmt.Errorf("docker does not take part: `docker info`: %w", err)
		}
		return g.lend(ctx)
	}
	for _, each := range []string{"docker", "dockerd"} {
		if _, err := exec.LookPath(each); err != nil {
			return fmt.Errorf("docker does not take part: %s is not installed", each)
		}
	}
	ended, log, err := g.startDaemon()
	if err != nil {
		return err
	}
	for deadline := time.After(time.Minute); exec.CommandContext(ctx, "docker", g.dockerArgs("info")[1:]...).Run() != nil; {
		select {
		case <-ended:
			g.docker = ""
			return errors.New("docker does not take part: dockerd ended: " + lastLine(log))
		case <-deadline:
			g.docker = ""
			return errors.New("docker does not take part: dockerd does not answer: " + lastLine(log))
		case <-time.After(50 * time.Millisecond):
		}
	}
	return g.lend(ctx)
}

// startDaemon starts a daemon of our own, and returns what is closed when it has ended,
// and where it tells what it does.
func (g *ground) startDaemon() (ended <-chan struct{}, log string, err error) {
	dir := filepath.Join(g.dir, "docker")
	socket := "unix://" + filepath.Join(dir, "docker.sock")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, "", err
	}
	file, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, "", err
	}
	defer file.Close()
	daemon := exec.Command("dockerd", "--host", socket, "--pidfile", filepath.Join(dir, "pid"),
		"--data-root", filepath.Join(dir, "data"), "--exec-root", filepath.Join(dir, "exec"), "--cgroup-parent", dockerCgroup)
	daemon.Stdout, daemon.Stderr = file, file
	daemon.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := daemon.Start(); err != nil {
		return nil, "", err
	}
	over := make(chan struct{})
	go func() { daemon.Wait(); close(over) }()
	g.cleanup = append(g.cleanup, func() {
		daemon.Process.Signal(syscall.SIGTERM) // it ends its containerd
		<-over
		trees, _ := filepath.Glob("/sys/fs/cgroup/*" + dockerCgroup)
		for _, each := range append(trees, "/sys/fs/cgroup"+dockerCgroup) {
			os.Remove(each)
		}
	})
	g.docker = socket
	return over, file.Name(), nil
}

// dockerCgroup is where the containers of our daemon lie in the cgroup trees.
const dockerCgroup = "/mini-docker-bench-docker"

// dockerArgs is a command of docker's.
func (g *ground) dockerArgs(args ...string) []string {
	if g.docker == "" {
		return append([]string{"docker"}, args...)
	}
	return append([]string{"docker", "--host", g.docker}, args...)
}

// lend gives docker the base image under its own name.
func (g *ground) lend(ctx context.Context) error {
	load := g.dockerArgs("load", "--quiet", "--input", g.archive)
	if output, err := exec.CommandContext(ctx, load[0], load[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("docker does not take part: %w: %s", err, output)
	}
	return nil
}

func lastLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}
