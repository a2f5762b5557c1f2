package bundle

import (
	"os"
	"os/exec"
	accounts "os/user"
	"strconv"

	"drydock/mini-docker/namespace"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// idMaps are the maps of an ordinary user's containers: the user is root there,
// and the ids that the administrator has set aside for the user are the others.
// Where there are none, or no programs that may map them, it is one id.
func idMaps(uid, gid int) (uids, gids []specs.LinuxIDMapping) {
	moreUIDs, moreGIDs := subordinate(uid)
	return mappings(namespace.IDMaps(uint32(uid), moreUIDs)), mappings(namespace.IDMaps(uint32(gid), moreGIDs))
}

// subordinate are the further ids of a user: both kinds or none, since programs
// that change their user change their group too. See subuid(5), newuidmap(1).
func subordinate(uid int) (uids, gids []namespace.IDMap) {
	for _, program := range []string{"newuidmap", "newgidmap"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, nil
		}
	}
	// Those programs have their privileges by a bit on their files, which counts
	// for nothing in a process that has forsworn new ones.
	if forsworn, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); err != nil || forsworn == 1 {
		return nil, nil
	}
	name := ""
	if account, err := accounts.LookupId(strconv.Itoa(uid)); err == nil {
		name = account.Username
	}
	uids, err1 := namespace.Subordinate("/etc/subuid", name, uint32(uid))
	gids, err2 := namespace.Subordinate("/etc/subgid", name, uint32(uid))
	if err1 != nil || err2 != nil || len(uids) == 0 || len(gids) == 0 {
		return nil, nil
	}
	ownUIDs, err1 := namespace.ReadMap("/proc/self/uid_map")
	ownGIDs, err2 := namespace.ReadMap("/proc/self/gid_map")
	if err1 != nil || err2 != nil || !namespace.Exist(uids, ownUIDs) || !namespace.Exist(gids, ownGIDs) {
		return nil, nil
	}
	return uids, gids
}

func mappings(maps []namespace.IDMap) []specs.LinuxIDMapping {
	var list []specs.LinuxIDMapping
	for _, each := range maps {
		list = append(list, specs.LinuxIDMapping{ContainerID: each.Inside, HostID: each.Outside, Size: each.Count})
	}
	return list
}

// mapped are the ids inside that a map gives a meaning.
func mapped(maps []specs.LinuxIDMapping) idRanges {
	var ranges idRanges
	for _, each := range maps {
		ranges = append(ranges, idRange{int64(each.ContainerID), int64(each.Size)})
	}
	return ranges
}

// UserNamespace describes the user namespace that containers get here, and
// nothing else of them: root's get none, and to know that nothing has to be read.
func UserNamespace() *specs.Linux {
	if os.Geteuid() == 0 {
		return &specs.Linux{}
	}
	uidMap, gidMap := idMaps(os.Geteuid(), os.Getegid())
	return &specs.Linux{
		Namespaces:  []specs.LinuxNamespace{{Type: specs.UserNamespace}},
		UIDMappings: uidMap, GIDMappings: gidMap,
	}
}
