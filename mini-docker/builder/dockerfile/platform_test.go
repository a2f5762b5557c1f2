package dockerfile

import "testing"

func TestPlatformsHaveOneName(t *testing.T) {
	for text, want := range map[string]string{
		"linux": "linux/amd64", "amd64": "linux/amd64", "Linux/x86_64": "linux/amd64", "aarch64": "linux/arm64", "linux/arm64/v8": "linux/arm64",
		"linux/arm/v6": "linux/arm/v6", "armhf": "linux/arm/v7", "riscv64": "linux/riscv64",
		"": "", "/": "", "linux/": "", "windows/amd64": "", "linux/amd64,linux/arm64": "", "linux/arm/": "", "linux/arm/v7/x": "", "linux /arm": "",
	} {
		if got, err := Platform(text, "linux/amd64"); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}
