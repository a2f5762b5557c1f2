package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"drydock/mini-docker/engine/container"

	"github.com/spf13/pflag"
)

// invoke runs a command line on an engine that is empty but for the base image,
// if this build has one.
func invoke(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	files := map[string]*os.File{}
	for _, name := range []string{"out", "err"} {
		file, err := os.CreateTemp(t.TempDir(), name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		files[name] = file
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	t.Setenv("MINI_DOCKER_ROOT", t.TempDir())
	status = (&cli{stdin: null, stdout: files["out"], stderr: files["err"]}).main(args)
	return status, content(t, files["out"]), content(t, files["err"])
}

func content(t *testing.T, file *os.File) string {
	t.Helper()
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestGrammar(t *testing.T) {
	for _, test := range []struct {
		line   string
		status int
		stderr string // begins with
	}{
		{"run", 1, "mini-docker: 'mini-docker run' requires at least 1 argument\nSee 'mini-docker run --help'."},
		{"run --foo x", 125, "unknown flag: --foo\nSee 'mini-docker run --help'."},
		{"run -z x", 125, "unknown shorthand flag: 'z' in -z\nSee 'mini-docker run --help'."},
		{"run -itz x", 125, "unknown shorthand flag: 'z' in -z\nSee 'mini-docker run --help'."},
		{"run --name", 125, "flag needs an argument: --name\n"},
		{"run -e", 125, "flag needs an argument: 'e' in -e\n"},
		{"run --rm=maybe x", 125, `invalid argument "maybe" for "--rm" flag`},
		{"run -q x", 125, "--quiet is not supported yet\nSee 'mini-docker run --help'."},
		{"run --quiet x", 125, "--quiet is not supported yet\n"},
		{"run -itq x", 125, "--quiet is not supported yet\n"},
		{"run --restart always x", 125, "--restart is not supported yet\n"},
		{"stop nothing", 1, "mini-docker: No such container: nothing\n"},
		{"kill -s NOSUCH x", 1, "mini-docker: Invalid signal: NOSUCH\n"},
		{"logs a b", 1, "mini-docker: 'mini-docker logs' requires at most 1 argument\n"},
		{"logs --since yesterday x", 1, "mini-docker: invalid value for \"since\": failed to parse value as time or duration: \"yesterday\"\n"},
		{"start -a a b", 1, "mini-docker: you cannot start and attach multiple containers at once\n"},
		{"run --memory lots x", 125, `invalid argument "lots" for "-m, --memory" flag: invalid size: 'lots'`},
		{"run --cpus some x", 125, `invalid argument "some" for "--cpus" flag: failed to parse some as a rational number`},
		{"run --cpus 0.0000000001 x", 125, `invalid argument "0.0000000001" for "--cpus" flag: value is too precise`},
		{"update x", 1, "mini-docker: you must provide one or more flags when using this command\n"},
		{"update -m 20m nothing", 1, "mini-docker: No such container: nothing\n"},
		{"update --restart no x", 125, "--restart is not supported yet\n"},
		{"pause nothing", 1, "mini-docker: No such container: nothing\n"},
		{"stats --no-stream nothing", 1, "mini-docker: No such container: nothing\n"},
		{"run --volume-driver far x", 125, "--volume-driver is not supported yet\n"},
		{"run -v /a:/b:rx x", 125, "mini-docker: invalid mode: rx\n"},
		{"run -p 80:nope x", 125, "mini-docker: invalid containerPort: nope\n"},
		{"run -p 80:70000 x", 125, "mini-docker: invalid containerPort: 70000\n"},
		{"run --expose 1:2 x", 125, "mini-docker: invalid port format for --expose: 1:2\n"},
		{"run --ip nowhere x", 125, "mini-docker: invalid IPv4 address: nowhere\n"},
		{"run --net-alias a --dns-opt ndots:1 --dns nowhere x", 125, "mini-docker: nowhere is not an ip address\n"},
		{"run --dns nowhere x", 125, "mini-docker: nowhere is not an ip address\n"},
		{"run --dns-search= x", 125, "mini-docker:  is not a valid domain\n"},
		{"run --expose 80/FTP x", 125, "mini-docker: port 80/ftp: only tcp and udp are supported yet\n"},
		{"network create --subnet 10.7.0.0/24 --subnet 10.8.0.0/24 x", 125, `invalid argument "10.8.0.0/24" for "--subnet" flag: bridge driver doesn't support multiple subnets`},
		{"network create default", 1, "mini-docker: operation is not permitted on predefined default network\n"},
		{"network rm nothing", 1, "mini-docker: network nothing not found\n"},
		{"network rm bridge", 1, "mini-docker: bridge is a pre-defined network and cannot be removed\n"},
		{"network create --subnet lots x", 1, "mini-docker: invalid"},
		{"network create a/b", 1, "mini-docker: invalid network name (a/b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed\n"},
		{"port nothing", 1, "mini-docker: No such container: nothing\n"},
		{"run -w relative x", 125, "mini-docker: the working directory 'relative' is invalid, it needs to be an absolute path\n"},
		{"run 127.0.0.1:1/image --foo", 125, "Unable to find image '127.0.0.1:1/image:latest' locally\nlatest: Pulling from image\n" +
			"mini-docker: registry 127.0.0.1:1 cannot be reached: connection refused\nSee 'mini-docker images'"},
		{"push nothing", 1, "mini-docker: An image does not exist locally with the tag: nothing\n"},
		{"run mini/BOX", 125, "mini-docker: invalid reference format: repository name (mini/BOX) must be lowercase"},
		{"run -it mini/box", 1, "mini-docker: the input device is not a TTY\n"},
		{"rnu", 1, "mini-docker: unknown command: mini-docker rnu\nDid you mean run"},
		{"zzzzzz", 1, "mini-docker: unknown command: mini-docker zzzzzz\nSee 'mini-docker --help'."},
		{"exec x", 1, "mini-docker: 'mini-docker exec' requires at least 2 arguments\n"},
		{"swarm x", 1, "mini-docker: swarm is not supported yet\n"},
		{"--foo ps", 125, "unknown flag: --foo\nSee 'mini-docker --help'."},
		{"ps x", 1, "mini-docker: 'mini-docker ps' accepts no arguments\n"},
		{"ps -f colour=red", 1, "mini-docker: invalid filter 'colour'"},
		{"ps -f status=asleep", 1, "mini-docker: invalid filter 'status=asleep'"},
		{"ps --format {{.Nope}", 64, "mini-docker: template parsing error"},
		{"build /nowhere", 1, "mini-docker: unable to prepare context: path \"/nowhere\" not found\n"},
		{"build cli_test.go", 1, "mini-docker: unable to prepare context: context must be a directory: cli_test.go\n"},
		{"build --build-arg =x .", 1, "mini-docker: invalid argument \"=x\" for \"--build-arg\" flag: write NAME=VALUE\n"},
		{"build --platform windows/amd64 .", 1, "mini-docker: --platform=windows/amd64: write one platform, as linux/amd64: images are for Linux\n"},
		{"inspect", 1, "mini-docker: 'mini-docker inspect' requires at least 1 argument\n"},
		{"inspect nothing", 1, "mini-docker: No such object: nothing\n"},
		{"inspect --type container nothing", 1, "mini-docker: No such container: nothing\n"},
		{"rm nothing", 1, "mini-docker: No such container: nothing\n"},
		{"rm -f nothing", 0, "mini-docker: No such container: nothing\n"},
		{"runtime state nothing", 1, `mini-docker: container "nothing": container does not exist`},
		{"runtime create --no-pivot x", 125, "--no-pivot is not supported yet\n"},
		{"runtime kill x NOSUCH", 1, "mini-docker: Invalid signal: NOSUCH\n"},
	} {
		status, _, stderr := invoke(t, strings.Fields(test.line)...)
		if status != test.status || !strings.HasPrefix(stderr, test.stderr) {
			t.Errorf("%s: got %d and %q, want %d and %q", test.line, status, stderr, test.status, test.stderr)
		}
	}
}

func TestEmptyLists(t *testing.T) {
	for line, want := range map[string]string{
		"ps":                               "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n",
		"ps -q":                            "",
		"ps --format {{.ID}}":              "",
		"ps --format table{{.ID}}":         "CONTAINER ID\n",
		`ps --format table\t{{.Networks}}`: "          NETWORKS\n",
		"inspect --type image nothing":     "[]\n",
	} {
		if _, stdout, _ := invoke(t, strings.Fields(line)...); stdout != want {
			t.Errorf("%s: got %q, want %q", line, stdout, want)
		}
	}
}

func TestHelpShowsTheFlagsThatWork(t *testing.T) {
	status, stdout, _ := invoke(t, "run", "--help")
	if status != 0 || !strings.HasPrefix(stdout, "Usage:  mini-docker run [OPTIONS] IMAGE [COMMAND] [ARG...]\n") {
		t.Errorf("got %d and %q", status, stdout)
	}
	if !strings.Contains(stdout, "--hostname") || strings.Contains(stdout, "--volume-driver") {
		t.Errorf("got %q, want --hostname and not --volume-driver", stdout)
	}
}

// parseRun returns the options that a command line of run means.
func parseRun(args ...string) (*runOptions, error) {
	var o runOptions
	flags := pflag.NewFlagSet("run", pflag.ContinueOnError)
	o.registerRun(flags)
	o.registerCreate(flags)
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	return &o, o.complete(flags, flags.Args())
}

func TestFlagsEndAtTheImage(t *testing.T) {
	o, err := parseRun("-it", "--rm", "-h", "demo", "--net", "host", "mini/box", "ls", "-l", "--name", "x")
	if err != nil {
		t.Fatal(err)
	}
	if !o.TTY || !o.OpenStdin || !o.AutoRemove || o.Hostname != "demo" || o.networking.mode != "host" || o.Name != "" {
		t.Errorf("got %+v", o)
	}
	if o.Image != "mini/box" || !slices.Equal(o.Args, []string{"ls", "-l", "--name", "x"}) {
		t.Errorf("got image %q and arguments %q", o.Image, o.Args)
	}
}

func TestEntrypoint(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"image"}, "<nil>"},
		{[]string{"--entrypoint", "sh", "image"}, "&[sh]"},
		{[]string{"--entrypoint", "", "image"}, "&[]"},
	} {
		o, err := parseRun(test.args...)
		if got := fmt.Sprint(o.Entrypoint); err != nil || got != test.want {
			t.Errorf("%q: got %s, %v; want %s", test.args, got, err, test.want)
		}
	}
}

func TestVariables(t *testing.T) {
	t.Setenv("HERE", "of the caller")
	file := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(file, []byte("# comment\n\n  A=1\nHERE\nNOWHERE\nB=x y \n"), 0o644); err != nil {
		t.Fatal(err)
	}
	o, err := parseRun("--env-file", file, "-e", "A=2", "-e", "HERE", "-e", "GONE", "image")
	want := []string{"A=1", "HERE=of the caller", "NOWHERE", "B=x y ", "A=2", "HERE=of the caller", "GONE"}
	if err != nil || !slices.Equal(o.Env, want) {
		t.Errorf("got %q, %v; want %q", o.Env, err, want)
	}
	for text, want := range map[string]string{"=x": "no variable name on line '=x'", "A B=x": "variable 'A B' contains whitespaces"} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := parseRun("--env-file", file, "image"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	if _, err := parseRun("--env-file", "/no/such/file", "image"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: got %v", err)
	}
}

func TestSignalNames(t *testing.T) {
	for text, want := range map[string]int{"TERM": 15, "SIGTERM": 15, "term": 15, "9": 9, "64": 64, "0": 0, "65": 0, "NO": 0, "": 0} {
		if got, err := container.ParseSignal(text); int(got) != want || (err == nil) != (want != 0) {
			t.Errorf("%q: got %d, %v; want %d", text, got, err, want)
		}
	}
}
