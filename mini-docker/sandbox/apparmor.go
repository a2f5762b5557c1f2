package sandbox

import (
	"fmt"
	"path"
	"strings"
)

// AppArmorProfile is a profile that lets programs make user namespaces where
// AppArmor takes them from everybody (Ubuntu since 23.10), and restrains them in
// nothing: as podman, browsers and others bring one. programs are their paths,
// with AppArmor's own wildcards. See apparmor.d(5), Access to userns.
func AppArmorProfile(programs []string) string {
	var text strings.Builder
	text.WriteString(`# Lets these programs make user namespaces, and no others. To load it:
#   drydock doctor --apparmor | sudo tee /etc/apparmor.d/drydock
#   sudo apparmor_parser -r /etc/apparmor.d/drydock
abi <abi/4.0>,
include <tunables/global>
`)
	for i, each := range programs {
		fmt.Fprintf(&text, "\nprofile drydock-%d %q flags=(unconfined) {\n  userns,\n  include if exists <local/drydock>\n}\n", i+1, each)
	}
	return text.String()
}

// ProgramsFor are the paths of all programs that make user namespaces: those of a
// folder, and those that the engine puts into its own.
func ProgramsFor(folder, root string) []string {
	return []string{path.Join(folder, "{drydock,mini-docker,mini-k8s}"), path.Join(root, "{shim,init}-*")}
}
