package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"drydock/testscripts/vm/plan"
)

// diskSize is the size of the machine's disk. The file is sparse: only what is
// written takes room.
const diskSize = "6G"

// accounts is the machine's /etc: enough for programs that look up a user, a
// name or the distribution. The learner has sub-ids, as adduser gives them.
var accounts = map[string]string{
	"etc/passwd": "root:x:0:0:root:/root:/bin/sh\n" +
		"learner:x:1000:1000:learner:" + plan.Home + ":/bin/sh\n" +
		"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
	"etc/group":         "root:x:0:\ntty:x:5:\nlearner:x:1000:\nnogroup:x:65534:\n",
	"etc/subuid":        "learner:100000:65536\n",
	"etc/subgid":        "learner:100000:65536\n",
	"etc/hostname":      "vm\n",
	"etc/hosts":         "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 vm\n",
	"etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
	"etc/resolv.conf":   "",
	"etc/os-release":    "ID=drydock-vm\nNAME=\"Drydock test machine\"\n",
}

// stageRoot fills dir with the machine's root file system, all but the tests.
func stageRoot(ctx context.Context, dir, module string, k kernel) error {
	for _, d := range []string{"proc", "sys", "dev", "run", "mnt", "etc", "var/lib", "var/tmp", "tmp", "root", plan.Home, plan.Tests} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return err
		}
	}
	for d, mode := range map[string]fs.FileMode{"tmp": 0o777 | fs.ModeSticky, "var/tmp": 0o777 | fs.ModeSticky, "root": 0o700, plan.Home: 0o700} {
		if err := os.Chmod(filepath.Join(dir, d), mode); err != nil {
			return err
		}
	}
	for name, text := range accounts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := stageTools(ctx, dir, k); err != nil {
		return err
	}
	if bin := filepath.Join(module, "bin"); exist(bin) {
		if err := copyTree(filepath.Join(dir, plan.Bin), bin); err != nil {
			return err
		}
	}
	return copyTree(filepath.Join(dir, plan.Source), module, ".git", "bin")
}

// stageTools puts Debian's tools in, and for each applet of busybox a link where
// Debian has the program of that name.
func stageTools(ctx context.Context, dir string, k kernel) error {
	if err := copyTree(dir, k.tools, "usr/share", "etc"); err != nil {
		return err
	}
	if exist(dir + "/usr/lib64") { // trixie's packages rely on links at the top
		for _, lib := range []string{"lib", "lib64"} {
			if err := os.Symlink("usr/"+lib, filepath.Join(dir, lib)); err != nil {
				return err
			}
		}
	}
	list, err := output(ctx, dir, k.busybox(), "--list-full")
	if err != nil {
		return fmt.Errorf("listing what busybox can do: %w", err)
	}
	busybox := strings.TrimPrefix(k.busybox(), k.tools)
	for applet := range strings.FieldsSeq(list) {
		path := filepath.Join(dir, applet)
		if applet == "linuxrc" || exist(path) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(busybox, path); err != nil {
			return err
		}
	}
	return nil
}

// copyTree copies the files, directories and links of from to a directory that
// is made for them, without the entries of from itself that are named.
func copyTree(to, from string, without ...string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		for _, w := range without {
			if rel == w {
				return skip(d)
			}
		}
		target := filepath.Join(to, rel)
		switch info, err := d.Info(); {
		case err != nil:
			return err
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case d.Type() == fs.ModeSymlink:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		case d.Type().IsRegular():
			return copyFile(target, path, info.Mode())
		default:
			return nil // a socket or pipe of a program that runs here
		}
	})
}

func skip(d fs.DirEntry) error {
	if d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func copyFile(to, from string, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return fmt.Errorf("copying %s: %w", from, err)
	}
	if err := out.Chmod(mode); err != nil { // the set-user-ID bit, too: newuidmap has it
		out.Close()
		return err
	}
	return out.Close()
}

// makeDisk turns a directory into an ext4 image, without root and without a
// mount (mke2fs(8), -d). It needs no journal: it is used once.
func makeDisk(ctx context.Context, path, dir string) error {
	if _, err := output(ctx, ".", "mke2fs", "-q", "-F", "-t", "ext4", "-O", "^has_journal",
		"-E", "root_owner=0:0", "-d", dir, path, diskSize); err != nil {
		return fmt.Errorf("making the machine's disk: %w", err)
	}
	return nil
}
