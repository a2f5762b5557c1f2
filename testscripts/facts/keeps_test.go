package facts

import "testing"

// A container that has a folder of the machine as a volume does not keep the machine's
// root by it, though both are of one file system.
func TestAnotherFolderOfTheFileSystemIsNotKept(t *testing.T) {
	root := ParseMounts("20 1 8:1 / / rw - ext4 /dev/sda1 rw\n")[0]
	for line, want := range map[string]bool{
		"40 30 8:1 / /old rw - ext4 /dev/sda1 rw\n":                    true,
		"40 30 8:1 /srv/volume /data rw - ext4 /dev/sda1 rw\n":         false,
		"40 30 0:44 / / rw - overlay overlay rw,lowerdir=/some/base\n": false,
	} {
		if got := ParseMounts(line)[0].shows(root); got != want {
			t.Errorf("%q: got %t, want %t", line, got, want)
		}
	}
}
