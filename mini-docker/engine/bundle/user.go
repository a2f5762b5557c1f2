package bundle

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// account is whom the command runs as.
type account struct {
	specs.User
	home string
}

// ErrUser says that the user asked for cannot be had.
var ErrUser = errors.New("user cannot be used")

type userError struct{ text string }

func (e *userError) Error() string { return e.text }
func (e *userError) Unwrap() error { return ErrUser }

func userErrorf(format string, args ...any) error {
	return &userError{fmt.Sprintf(format, args...)}
}

// findUser finds the account that `--user` means: a name or number, of a user
// and perhaps of a group. Names are those of the image. A number need not be in
// its files; then the group is 0. See passwd(5), group(5).
func findUser(layers []string, wanted string, host Host, further ...string) (account, error) {
	userPart, groupPart, hasGroup := strings.Cut(wanted, ":")
	if userPart == "" {
		userPart = "0"
	}
	passwd, err := readTable(layers, "passwd")
	if err != nil {
		return account{}, err
	}
	groups, err := readTable(layers, "group")
	if err != nil {
		return account{}, err
	}
	found, name, err := lookUpUser(passwd, userPart)
	if err != nil {
		return account{}, err
	}
	if hasGroup && groupPart != "" {
		if found.GID, err = lookUpGroup(groups, groupPart); err != nil {
			return account{}, err
		}
	} else {
		found.AdditionalGids = memberships(groups, name, found.GID)
	}
	for _, each := range further {
		gid, err := lookUpGroup(groups, each)
		if err != nil {
			return account{}, err
		}
		if !host.HasGroup(gid) {
			return account{}, userErrorf("group %d %s", gid, notHere)
		}
		found.AdditionalGids = append(found.AdditionalGids, gid)
	}
	// The primary group is among the supplementary ones as well: a process could
	// shed it otherwise, and with it what its permissions deny (CVE-2022-36109).
	found.AdditionalGids = append([]uint32{found.GID}, found.AdditionalGids...)
	return found, found.check(host)
}

// lookUpUser searches passwd: name:password:uid:gid:comment:home:shell. Who has
// no entry has no name.
//
// A number is never a name: an image with a user of the name 1000 and the id 0
// would make root of whoever is to be user 1000 (CVE-2016-3697).
func lookUpUser(passwd [][]string, wanted string) (found account, name string, err error) {
	number, notNumber := parseID(wanted)
	for _, entry := range passwd {
		if len(entry) < 6 || !isNamed(entry, wanted) {
			continue
		}
		uid, err := parseID(entry[2])
		if err != nil {
			return account{}, "", userErrorf("user %s of the image's /etc/passwd has the id %q", entry[0], entry[2])
		}
		gid, err := parseID(entry[3])
		if err != nil {
			return account{}, "", userErrorf("user %s of the image's /etc/passwd has the group %q", entry[0], entry[3])
		}
		found := account{specs.User{UID: uid, GID: gid}, entry[5]}
		if found.home == "" {
			found.home = "/"
		}
		return found, entry[0], nil
	}
	if notNumber != nil {
		return account{}, "", userErrorf("unable to find user %s: no matching entries in passwd file", wanted)
	}
	found = account{specs.User{UID: number}, "/"}
	if number == 0 {
		found.home, name = "/root", "root"
	}
	return found, name, nil
}

// isNamed says whether an entry of passwd is the one that is wanted, by its name
// or, if it is a number, by its id.
func isNamed(entry []string, wanted string) bool {
	if !isNumber(wanted) {
		return entry[0] == wanted
	}
	number, err := parseID(wanted)
	id, unknown := parseID(entry[2])
	return err == nil && unknown == nil && id == number
}

// isNumber says whether a text is meant as an id, be it one that nobody can have.
func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "+-0123456789") == ""
}

// lookUpGroup searches group: name:password:gid:members. A number is never a
// name here either.
func lookUpGroup(groups [][]string, wanted string) (uint32, error) {
	for _, entry := range groups {
		if len(entry) >= 3 && entry[0] == wanted && !isNumber(wanted) {
			return parseID(entry[2])
		}
	}
	gid, err := parseID(wanted)
	if err != nil {
		return 0, userErrorf("unable to find group %s: no matching entries in group file", wanted)
	}
	return gid, nil
}

// memberships are the further groups a user is a member of.
func memberships(groups [][]string, name string, primary uint32) []uint32 {
	var list []uint32
	for _, entry := range groups {
		if name == "" || len(entry) < 4 {
			continue
		}
		for member := range strings.SplitSeq(entry[3], ",") {
			if gid, err := parseID(entry[2]); member == name && err == nil && gid != primary {
				list = append(list, gid)
			}
		}
	}
	return list
}

// notHere is why an id cannot be had.
const notHere = "does not exist here: an ordinary user has one id, which is root in the container, " +
	"unless the administrator has set more aside (/etc/subuid, /etc/subgid, and the programs newuidmap and " +
	"newgidmap). Or run mini-docker as root"

// check makes sure that the ids mean something in the container's user
// namespace. Groups that do not are left out: the kernel lets nobody join them.
func (a *account) check(host Host) error {
	if !host.HasUser(a.UID) || !host.HasGroup(a.GID) {
		return userErrorf("user %d:%d %s", a.UID, a.GID, notHere)
	}
	var mapped []uint32
	for _, gid := range a.AdditionalGids {
		if host.HasGroup(gid) {
			mapped = append(mapped, gid)
		}
	}
	// Where setgroups(2) is forbidden, as in every map of one id, not even the
	// group one is in already can be set.
	if len(host.gids) == 1 && host.gids[0].count == 1 {
		mapped = nil
	}
	a.AdditionalGids = mapped
	return nil
}

func parseID(text string) (uint32, error) {
	id, err := strconv.ParseInt(text, 10, 32)
	if err == nil && id < 0 {
		err = strconv.ErrRange
	}
	return uint32(id), err
}

// Owner finds the numbers of whom a build gives files to: a user and perhaps a group
// behind a colon, by name or number. Names are those of the image. The group of a
// name is its first one, that of a number the same number (Dockerfile reference,
// COPY --chown).
func Owner(layers []string, wanted string) (uid, gid uint32, err error) {
	user, group, hasGroup := strings.Cut(wanted, ":")
	if isNumber(user) {
		if uid, err = parseID(user); err != nil {
			return 0, 0, userErrorf("%q is no id", user)
		}
		gid = uid
	} else {
		passwd, err := readTable(layers, "passwd")
		if err != nil {
			return 0, 0, err
		}
		found, _, err := lookUpUser(passwd, user)
		if err != nil {
			return 0, 0, err
		}
		uid, gid = found.UID, found.GID
	}
	if !hasGroup || group == "" {
		return uid, gid, nil
	}
	groups, err := readTable(layers, "group")
	if err == nil {
		gid, err = lookUpGroup(groups, group)
	}
	return uid, gid, err
}
