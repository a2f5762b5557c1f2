package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"drydock/testscripts/vm/plan"
)

// An archive is a cpio archive in the "newc" form, the one that the kernel
// unpacks into its first root file system (kernel docs,
// driver-api/early-userspace/buffer-format).
type archive struct {
	bytes.Buffer
	files int
}

// writeInitramfs makes the archive that the machine starts from: its process 1,
// the modules in their order, the plan.
func writeInitramfs(ctx context.Context, path string, k kernel, init []byte, without []string, p plan.Plan) error {
	wanted := slices.DeleteFunc(slices.Clone(wantedModules), func(name string) bool { return slices.Contains(without, name) })
	modules, err := loadOrder(ctx, k.modules, wanted)
	if err != nil {
		return err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	var a archive
	a.add("init", 0o100755, init)
	a.add(filepath.Base(plan.PlanFile), 0o100644, text)
	a.add(filepath.Base(plan.ModulesDir), 0o40755, nil)
	for i, m := range modules {
		a.add(fmt.Sprintf("%s/%03d-%s.ko", filepath.Base(plan.ModulesDir), i, m.name), 0o100644, m.image)
	}
	a.add("TRAILER!!!", 0, nil) // the name that ends an archive
	return os.WriteFile(path, a.Bytes(), 0o600)
}

// add appends a file: 13 fields of 8 hexadecimal digits after the magic number,
// the name with its NUL, and the content, the latter two padded to 4 bytes.
func (a *archive) add(name string, mode uint32, content []byte) {
	a.files++
	fields := [13]int{
		a.files, int(mode), 0, 0, 1, 0, // inode, mode, uid, gid, links, time
		len(content), 0, 0, 0, 0, len(name) + 1, 0, // size, device numbers, length of the name, checksum
	}
	a.WriteString("070701")
	for _, f := range fields {
		fmt.Fprintf(a, "%08x", f)
	}
	a.WriteString(name)
	a.WriteByte(0)
	a.pad()
	a.Write(content)
	a.pad()
}

func (a *archive) pad() {
	for a.Len()%4 != 0 {
		a.WriteByte(0)
	}
}
