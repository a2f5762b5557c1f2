package runtime

import (
	"fmt"
	"os"
	"strings"
)

// setSysctls writes the kernel settings that belong to the container's own
// namespaces. It runs inside the container's root, and /proc there was mounted
// by buildRoot moments ago. See OCI runtime-spec config-linux.md, Sysctl.
func setSysctls(settings map[string]string) error {
	for name, value := range settings {
		path := "/proc/sys/" + strings.ReplaceAll(name, ".", "/")
		if err := os.WriteFile(path, []byte(value), 0); err != nil {
			return fmt.Errorf("setting %s to %q: %w", name, value, err)
		}
	}
	return nil
}
