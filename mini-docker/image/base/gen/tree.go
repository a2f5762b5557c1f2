package main

import (
	"archive/tar"
	"slices"
	"time"
)

// entry is one file of the layer: a directory, a link, or a file with content.
type entry struct {
	directory bool
	mode      int64
	content   string
	link      string
}

func (e entry) header(path string) *tar.Header {
	h := &tar.Header{
		Name: path, Mode: e.mode, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR,
	}
	switch {
	case e.directory:
		h.Typeflag, h.Name = tar.TypeDir, path+"/"
	case e.link != "":
		h.Typeflag, h.Linkname, h.Mode = tar.TypeSymlink, e.link, 0o777
	default:
		h.Typeflag, h.Size = tar.TypeReg, int64(len(e.content))
	}
	return h
}

// place is the directory in which other systems keep a command, by the
// Filesystem Hierarchy Standard 3.0: what the system needs to come up in /bin,
// what changes the system in /sbin, the rest below /usr. All are on the path.
func place(name string) string {
	switch {
	case slices.Contains([]string{"pivot_root", "ip", "reboot"}, name):
		return "sbin"
	case slices.Contains([]string{"chroot"}, name):
		return "usr/sbin"
	}
	return "bin"
}

// tree is what the layer holds beside box and its links.
func tree() map[string]entry {
	all := map[string]entry{}
	for _, dir := range []string{
		"bin", "dev", "etc", "home", "mnt", "proc", "run", "sbin", "sys", "usr", "usr/bin", "usr/sbin",
		"usr/local", "usr/local/bin", "usr/local/sbin", "var", "var/lib", "var/log",
	} {
		all[dir] = entry{directory: true, mode: 0o755}
	}
	all["root"] = entry{directory: true, mode: 0o700}
	all["tmp"] = entry{directory: true, mode: 0o1777}
	all["var/tmp"] = entry{directory: true, mode: 0o1777}
	// Root's, as everything here: who unpacks the layer without privileges has
	// no second user id to give it to. So its mode lets app write.
	all["home/app"] = entry{directory: true, mode: 0o1777}
	for path, content := range files() {
		all["etc/"+path] = entry{mode: 0o644, content: content}
	}
	return all
}

func files() map[string]string {
	return map[string]string{
		"passwd": `root:x:0:0:root:/root:/bin/sh
app:x:1000:1000:app:/home/app:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
`,
		"group": `root:x:0:
tty:x:5:
app:x:1000:
nogroup:x:65534:
`,
		"os-release": `NAME="mini/box"
ID=minibox
PRETTY_NAME="mini/box, the base image of mini-docker"
`,
		"profile": `export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
`,
		"shells": `/bin/sh
`,
		// Names are looked up in /etc/hosts first, then asked of a server.
		"nsswitch.conf": `hosts: files dns
`,
	}
}
