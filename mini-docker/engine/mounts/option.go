package mounts

import (
	"encoding/csv"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/docker/go-units"
)

// ParseMount reads type=bind|volume|tmpfs,source=…,target=… and what else Docker's
// --mount has. Its fields are those of a line of comma-separated values.
func ParseMount(text string) (Request, error) {
	r := Request{Type: Volume}
	if strings.TrimSpace(text) == "" {
		return r, errors.New("value is empty")
	}
	fields, err := csv.NewReader(strings.NewReader(text)).Read()
	if err != nil {
		return r, err
	}
	kinds := map[string]bool{} // of which a field was named for them alone
	for _, field := range fields {
		key, err := r.setField(field)
		if err != nil {
			return r, err
		}
		kind, _, isOwn := strings.Cut(key, "-")
		kinds[kind] = kinds[kind] || isOwn
	}
	if r.Type == "" {
		return r, errors.New("type is required")
	}
	for _, kind := range []Type{Bind, Volume, Tmpfs} {
		if kinds[string(kind)] && r.Type != kind {
			return r, fmt.Errorf("cannot mix '%s-*' options with mount type '%s'", kind, r.Type)
		}
	}
	return r, r.Check()
}

// setField reads one field and returns its name.
func (r *Request) setField(field string) (key string, err error) {
	key, value, hasValue := strings.Cut(field, "=")
	switch {
	case strings.TrimSpace(key) != key:
		return key, fmt.Errorf("invalid option '%s' in '%s': option should not have whitespace", strings.TrimSpace(key), field)
	case hasValue && strings.TrimSpace(value) == "":
		return key, fmt.Errorf("invalid value for '%s': value is empty", key)
	case strings.TrimSpace(value) != value:
		return key, fmt.Errorf("invalid value for '%s' in '%s': value should not have whitespace", key, field)
	}
	key = strings.ToLower(key)
	if !hasValue && !isSwitch(key) {
		return key, fmt.Errorf("invalid field '%s' must be a key=value pair", field)
	}
	switch key {
	case "readonly", "ro":
		r.ReadOnly, err = parseSwitch(key, value, hasValue)
	case "volume-nocopy":
		r.NoCopy, err = parseSwitch(key, value, hasValue)
	case "bind-create-src":
		r.MakeSource, err = parseSwitch(key, value, hasValue)
	default:
		err = r.setValue(key, value, field)
	}
	return key, err
}

// isSwitch says whether a field needs no value.
func isSwitch(key string) bool {
	switch key {
	case "readonly", "ro", "volume-nocopy", "bind-create-src", "bind-nonrecursive":
		return true
	}
	return false
}

func parseSwitch(key, value string, hasValue bool) (bool, error) {
	switch {
	case !hasValue || value == "1" || value == "true":
		return true, nil
	case value == "0" || value == "false":
		return false, nil
	}
	return false, fmt.Errorf(`invalid value for '%s': invalid boolean value (%q): must be one of "true", "1", "false", or "0" (default "true")`, key, value)
}

func (r *Request) setValue(key, value, field string) (err error) {
	switch key {
	case "type":
		r.Type = Type(strings.ToLower(value))
	case "source", "src":
		r.Source = value
		// Only what plainly is a path: any other word may be a volume's name.
		if strings.HasPrefix(value, ".") {
			r.Source, err = filepath.Abs(value)
		}
	case "target", "dst", "destination":
		r.Target = value
	case "consistency": // for machines where a file system has a long way to go
	case "bind-propagation":
		r.Propagation = strings.ToLower(value)
	case "bind-nonrecursive":
		return errors.New("bind-nonrecursive is deprecated, use bind-recursive=disabled instead")
	case "bind-recursive":
		return r.setRecursion(key, value)
	default:
		return r.setOwnValue(key, value, field)
	}
	return err
}

// setOwnValue sets what only volumes have, or file systems in memory.
func (r *Request) setOwnValue(key, value, field string) (err error) {
	switch key {
	case "volume-label":
		if name, text, _ := strings.Cut(value, "="); name != "" {
			if r.Labels == nil {
				r.Labels = map[string]string{}
			}
			r.Labels[name] = text
		}
	case "volume-driver":
		if value != "local" {
			return fmt.Errorf("could not find plugin %s: only the driver local is supported yet", value)
		}
	case "tmpfs-size":
		if r.Size, err = units.RAMInBytes(value); err != nil {
			return fmt.Errorf("invalid value for %s: %s", key, value)
		}
	case "tmpfs-mode":
		mode, err := strconv.ParseUint(value, 8, 12)
		if err != nil {
			return fmt.Errorf("invalid value for %s: %s", key, value)
		}
		r.Permissions = uint32(mode)
	case "volume-subpath", "volume-opt", "image-subpath":
		return fmt.Errorf("the option '%s' is not supported yet", key)
	default:
		return fmt.Errorf("unknown option '%s' in '%s'", key, field)
	}
	return err
}

// setRecursion says what a bind makes of what is mounted below its source.
func (r *Request) setRecursion(key, value string) error {
	switch value {
	case "enabled", "readonly": // read-only goes all the way down in any case
	case "disabled":
		r.Flat = true
	case "writable":
		return fmt.Errorf("the value %s for %s is not supported yet: there are enabled, disabled and readonly", value, key)
	default:
		return fmt.Errorf(`invalid value for %s: %s (must be "enabled", "disabled", "writable", or "readonly")`, key, value)
	}
	return nil
}

// TmpfsOptions are those of a file system in memory, as --tmpfs has them.
func (r *Request) TmpfsOptions() string {
	var options []string
	if r.ReadOnly {
		options = append(options, "ro")
	}
	if r.Permissions != 0 {
		options = append(options, fmt.Sprintf("mode=%o", r.Permissions))
	}
	if r.Size != 0 {
		options = append(options, fmt.Sprintf("size=%d", r.Size))
	}
	return strings.Join(options, ",")
}
