package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"drydock/mini-docker/builder"
	"drydock/mini-docker/builder/dockerfile"
	"drydock/mini-docker/image"
	"drydock/mini-docker/layer"
)

// readBuildOptions reads the flags of build, and the Dockerfile.
func (c *cli) readBuildOptions(from string, o *buildOptions) (builder.Options, error) {
	options := builder.Options{
		Target: o.target, Network: o.network, Platform: o.platform, NoCache: o.noCache, Hosts: o.hosts,
		Args: map[string]string{}, Labels: map[string]string{}, Secrets: map[string]builder.Secret{},
	}
	switch o.progress {
	case "auto", "plain":
	case "quiet":
		o.quiet = true
	default:
		return options, fmt.Errorf("--progress=%s is not supported: there are auto, plain and quiet", o.progress)
	}
	options.Progress = &buildProgress{out: c.stdout, err: c.stderr, quiet: o.quiet, explain: o.explain}
	if err := errors.Join(readTags(&options, o.tags), readAllowed(&options, o.allow), readPairs(&options, *o), readPlatform(&options)); err != nil {
		return options, err
	}
	var err error
	if options.Epoch, err = epoch(options.Args); err != nil {
		return options, err
	}
	switch {
	case from == "-" && o.file == "-":
		err = errors.New("invalid argument: can't use stdin for both build context and dockerfile")
	case from == "-":
		err = c.contextFromInput(&options, o.file)
	case strings.Contains(from, "://"), strings.HasPrefix(from, "git@"):
		err = errors.New("a build context is a folder here, or '-' for an archive: fetch it first")
	default:
		options.Context = from
		if err = checkContext(from); err == nil {
			options.File, options.Text, err = c.readDockerfile(from, o.file)
		}
	}
	return options, err
}

// checkContext says what is wrong with a context in Docker's words.
func checkContext(dir string) error {
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("unable to prepare context: path %q not found", dir)
	case err == nil && !info.IsDir():
		return fmt.Errorf("unable to prepare context: context must be a directory: %s", dir)
	default:
		return err
	}
}

// contextFromInput takes what stands on the standard input for a Dockerfile without
// a context, or for an archive of a context.
func (c *cli) contextFromInput(options *builder.Options, file string) error {
	input := bufio.NewReaderSize(c.stdin, 1<<10)
	start, err := input.Peek(1 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	const magicAt = 257 // of a tar header (POSIX ustar)
	isTar := len(start) > magicAt+5 && string(start[magicAt:magicAt+5]) == "ustar"
	if isTar || layer.CompressionOf(start) != layer.Plain {
		options.Archive, options.File = input, cmp.Or(filepath.ToSlash(filepath.Clean(file)), "Dockerfile")
		if file == "" {
			options.File = "Dockerfile"
		}
		return nil
	}
	if file != "" {
		return fmt.Errorf("what stands on the standard input is no archive, so that there is no %s in it", file)
	}
	options.File = "Dockerfile"
	options.Text, err = readDocument(input)
	return err
}

func readDocument(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, image.MaxDocument))
	if text == nil {
		text = []byte{}
	}
	return text, err
}

// readDockerfile reads the Dockerfile: -f is relative to where the caller is, as in
// Docker, and "-" is the standard input.
func (c *cli) readDockerfile(dir, file string) (string, []byte, error) {
	if file == "-" {
		text, err := readDocument(c.stdin)
		return "Dockerfile", text, err
	}
	name := file
	if file == "" {
		file = filepath.Join(dir, "Dockerfile")
		name = file
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return name, nil, fmt.Errorf("unable to prepare context: unable to evaluate symlinks in Dockerfile path: %w", err)
	}
	return name, bytes.Clone(text), nil
}

func readTags(options *builder.Options, tags []string) error {
	for _, tag := range tags {
		name, err := image.ParseName(tag)
		if err != nil {
			return fmt.Errorf("invalid argument %q for \"-t, --tag\" flag: %w", tag, err)
		}
		options.Tags = append(options.Tags, name)
	}
	return nil
}

// readAllowed reads --allow, whose names are BuildKit's entitlements.
func readAllowed(options *builder.Options, allowed []string) error {
	for _, each := range allowed {
		if each != "network.host" {
			return fmt.Errorf("--allow %s is not supported: there is network.host", each)
		}
		options.AllowHostNetwork = true
	}
	return nil
}

// readPairs reads the flags whose values have an = or a : in them.
func readPairs(options *builder.Options, o buildOptions) error {
	for _, arg := range fromCaller(o.args) {
		key, value, ok := strings.Cut(arg, "=")
		if key == "" {
			return fmt.Errorf("invalid argument %q for \"--build-arg\" flag: write NAME=VALUE", arg)
		}
		if ok {
			options.Args[key] = value
		}
	}
	for _, label := range o.labels {
		key, value, _ := strings.Cut(label, "=")
		if key == "" {
			return fmt.Errorf("invalid argument %q for \"--label\" flag: write NAME=VALUE", label)
		}
		options.Labels[key] = value
	}
	for i, host := range options.Hosts {
		name, address, ok := strings.Cut(host, ":")
		if equal := strings.IndexByte(host, '='); equal >= 0 {
			name, address, ok = host[:equal], host[equal+1:], true
		}
		if _, err := netip.ParseAddr(strings.Trim(address, "[]")); !ok || name == "" || err != nil {
			return fmt.Errorf("invalid argument %q for \"--add-host\" flag: bad format for add-host: write HOST:IP", host)
		}
		options.Hosts[i] = name + ":" + strings.Trim(address, "[]")
	}
	for _, text := range o.secrets {
		if err := readSecret(options.Secrets, text); err != nil {
			return fmt.Errorf("invalid argument %q for \"--secret\" flag: %w", text, err)
		}
	}
	return nil
}

// readSecret reads id=NAME[,src=PATH][,env=VARIABLE][,type=file|env]. Without a
// source it is the variable of that name, or else the file.
func readSecret(secrets map[string]builder.Secret, text string) error {
	var id, kind string
	var s builder.Secret
	for field := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(field, "=")
		if !ok {
			return fmt.Errorf("invalid field %q must be a key=value pair", field)
		}
		switch strings.ToLower(key) {
		case "id":
			id = value
		case "src", "source":
			s.Path = value
		case "env":
			s.Env = value
		case "type":
			kind = value
		default:
			return fmt.Errorf("unexpected key %q", key)
		}
	}
	switch {
	case kind != "" && kind != "file" && kind != "env":
		return fmt.Errorf("unsupported secret type %q", kind)
	case id == "":
		return errors.New("secret is missing its id")
	case kind == "env" && s.Env == "":
		s.Env, s.Path = cmp.Or(s.Path, id), ""
	case s.Env == "" && s.Path == "":
		if _, isSet := os.LookupEnv(id); isSet && kind == "" {
			s.Env = id
		} else {
			s.Path = id
		}
	}
	secrets[id] = s
	return nil
}

// readPlatform checks --platform.
func readPlatform(options *builder.Options) (err error) {
	if text := options.Platform; text != "" {
		own := image.ThisMachine()
		options.Platform, err = dockerfile.Platform(text, own.OS+"/"+own.Architecture)
		if err != nil {
			return fmt.Errorf("--platform=%s: %w", text, err)
		}
	}
	return nil
}

// epoch is the time that an image is to say it was made, from SOURCE_DATE_EPOCH: a
// build argument or a variable (reproducible-builds.org, SOURCE_DATE_EPOCH).
func epoch(args map[string]string) (*time.Time, error) {
	const name = "SOURCE_DATE_EPOCH"
	text, ok := args[name]
	if !ok {
		if text, ok = os.LookupEnv(name); !ok || text == "" {
			return nil, nil
		}
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%s=%q is no number of seconds", name, text)
	}
	at := time.Unix(seconds, 0)
	return &at, nil
}
