package image

import (
	"fmt"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// ThisMachine is the platform whose programs run here.
func ThisMachine() v1.Platform {
	return v1.Platform{OS: "linux", Architecture: runtime.GOARCH}
}

// IsForThisMachine says whether an index's entry is for this machine.
// Variants are left out of it: 64-bit ARM has one, and where amd64 has them
// they are wishes.
func IsForThisMachine(p *v1.Platform) bool {
	own := ThisMachine()
	return p != nil && (p.OS == "" || p.OS == own.OS) &&
		p.Architecture == own.Architecture
}

// PlatformError refuses to run an image that is for another machine.
type PlatformError struct {
	Name     string // of the image, as it was asked for
	Platform v1.Platform
}

func (e *PlatformError) Error() string {
	return fmt.Sprintf("image %s is for %s/%s, and this machine runs linux/%s: its programs could not be executed here",
		e.Name, e.Platform.OS, e.Platform.Architecture, runtime.GOARCH)
}

// CheckPlatform returns a *PlatformError for an image whose programs cannot run on
// this machine. One that does not say is given the benefit of the doubt.
func (i *Image) CheckPlatform(name string) error {
	p := v1.Platform{OS: i.Config.OS, Architecture: i.Config.Architecture, Variant: i.Config.Variant}
	if p.Architecture == "" || IsForThisMachine(&p) {
		return nil
	}
	return &PlatformError{Name: name, Platform: p}
}
