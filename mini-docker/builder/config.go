package builder

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"drydock/mini-docker/builder/dockerfile"
)

// Change applies instructions to the config of an image that is not built:
// `commit --change` and `import --change`.
func Change(config *v1.Config, changes []string) error {
	for _, text := range changes {
		tree, err := parser.Parse(strings.NewReader(text))
		if err != nil {
			return fmt.Errorf("--change %q: %w", text, err)
		}
		for _, node := range tree.AST.Children {
			parsed, err := instructions.ParseInstruction(node)
			if err != nil {
				return fmt.Errorf("--change %q: %w", text, err)
			}
			command, ok := parsed.(instructions.Command)
			if !ok {
				return fmt.Errorf("--change %q: %s is not a valid change command", text, node.Value)
			}
			plan, hasCmd := dockerfile.Plan{Escape: tree.EscapeToken}, true
			err = expand(command, func(word string) (string, error) { return plan.Expand(word, config.Env) })
			if err == nil {
				err = configure(config, command, &hasCmd)
			}
			if err != nil {
				return fmt.Errorf("--change %q: %w", text, err)
			}
		}
	}
	return nil
}

// expand replaces the variables in an instruction, and takes its quotes away, where
// Docker does so. One word of EXPOSE may hold several ports.
func expand(command instructions.Command, word instructions.SingleWordExpander) error {
	if c, isExpose := command.(*instructions.ExposeCommand); isExpose {
		var ports []string
		for _, port := range c.Ports {
			text, err := word(port)
			if err != nil {
				return err
			}
			ports = append(ports, strings.Fields(text)...)
		}
		c.Ports = ports
	}
	if c, ok := command.(instructions.SupportsSingleWordExpansion); ok {
		return c.Expand(word)
	}
	return nil
}

// configure applies an instruction that says how an image is run.
func configure(config *v1.Config, command instructions.Command, hasCmd *bool) error {
	switch c := command.(type) {
	case *instructions.EnvCommand:
		for _, pair := range c.Env {
			setEnv(config, pair.Key, pair.Value)
		}
	case *instructions.LabelCommand:
		for _, pair := range c.Labels {
			setLabel(config, pair.Key, pair.Value)
		}
	case *instructions.WorkdirCommand:
		config.WorkingDir = workdir(config, c.Path)
	case *instructions.UserCommand:
		config.User = c.User
	case *instructions.CmdCommand:
		config.Cmd, *hasCmd = inShell(config, c.ShellDependantCmdLine), true
	case *instructions.EntrypointCommand:
		config.Entrypoint = inShell(config, c.ShellDependantCmdLine)
		if !*hasCmd {
			config.Cmd = nil // it was meant for the base's entrypoint
		}
	case *instructions.ShellCommand:
		config.Shell = c.Shell
	case *instructions.ExposeCommand:
		return expose(config, c.Ports)
	case *instructions.VolumeCommand:
		return addVolumes(config, c.Volumes)
	case *instructions.OnbuildCommand:
		config.OnBuild = append(config.OnBuild, c.Expression)
	case *instructions.StopSignalCommand:
		return setStopSignal(config, c.Signal)
	case *instructions.HealthCheckCommand:
		config.Healthcheck = &v1.HealthConfig{
			Test: c.Health.Test, Interval: c.Health.Interval, Timeout: c.Health.Timeout,
			StartPeriod: c.Health.StartPeriod, Retries: c.Health.Retries,
		}
	case *instructions.MaintainerCommand: // the image's, not its config's
	default:
		return fmt.Errorf("%s is not a valid change command", strings.ToUpper(command.Name()))
	}
	return nil
}

func setEnv(config *v1.Config, key, value string) {
	for i, pair := range config.Env {
		if name, _, _ := strings.Cut(pair, "="); name == key {
			config.Env[i] = key + "=" + value
			return
		}
	}
	config.Env = append(config.Env, key+"="+value)
}

// defaultPath is where programs are looked for in an image that does not say.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

func setDefaultPath(config *v1.Config) {
	for _, pair := range config.Env {
		if strings.HasPrefix(pair, "PATH=") {
			return
		}
	}
	config.Env = append(config.Env, "PATH="+defaultPath)
}

func setLabel(config *v1.Config, key, value string) {
	if config.Labels == nil {
		config.Labels = map[string]string{}
	}
	config.Labels[key] = value
}

// workdir is where a WORKDIR leads: a relative one goes on from the last.
func workdir(config *v1.Config, to string) string {
	if path.IsAbs(to) {
		return path.Clean(to)
	}
	return path.Join("/", config.WorkingDir, to)
}

// inShell is a command: as a list it stands for itself, as a text it is the shell's.
func inShell(config *v1.Config, c instructions.ShellDependantCmdLine) []string {
	if c.PrependShell {
		return withShell(config, c.CmdLine)
	}
	return c.CmdLine
}

// withShell puts the shell that executes a text before it: SHELL's, or Docker's.
func withShell(config *v1.Config, text []string) []string {
	shell := config.Shell
	if len(shell) == 0 {
		shell = []string{"/bin/sh", "-c"}
	}
	return append(shell[:len(shell):len(shell)], strings.Join(text, " "))
}

func addVolumes(config *v1.Config, volumes []string) error {
	if config.Volumes == nil {
		config.Volumes = map[string]struct{}{}
	}
	for _, each := range volumes {
		if each == "" {
			return errors.New("VOLUME specified can not be an empty string")
		}
		config.Volumes[each] = struct{}{}
	}
	return nil
}

// expose notes ports: NUMBER or FIRST-LAST, with /tcp, /udp or /sctp behind.
func expose(config *v1.Config, ports []string) error {
	if config.ExposedPorts == nil {
		config.ExposedPorts = map[string]struct{}{}
	}
	for _, text := range ports {
		numbers, protocol, found := strings.Cut(text, "/")
		if !found {
			protocol = "tcp"
		}
		protocol = strings.ToLower(protocol)
		first, last, isRange := strings.Cut(numbers, "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.ParseUint(first, 10, 16)
		to, err2 := strconv.ParseUint(last, 10, 16)
		if err1 != nil || err2 != nil || to < from || protocol != "tcp" && protocol != "udp" && protocol != "sctp" {
			return fmt.Errorf("invalid containerPort: %s", text)
		}
		for port := from; port <= to; port++ {
			config.ExposedPorts[fmt.Sprintf("%d/%s", port, protocol)] = struct{}{}
		}
	}
	return nil
}
