package namespace

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// IDMap says that the ids from Inside on, in a user namespace, are the ids from
// Outside on in its parent, Count of them: one line of /proc/PID/uid_map or
// gid_map. See user_namespaces(7).
type IDMap struct {
	Inside, Outside, Count uint32
}

// IDMaps returns the map of a user namespace in which the caller, outside known
// as own, is root. Nobody may hand out an id that is not theirs, and own is the
// only one that is, so without more the namespace has one user. The
// administrator may have set ranges of ids aside for the caller: they become
// the users from 1 on.
func IDMaps(own uint32, subordinate []IDMap) []IDMap {
	maps := []IDMap{{Inside: 0, Outside: own, Count: 1}}
	next := uint32(1)
	for _, each := range subordinate {
		maps = append(maps, IDMap{Inside: next, Outside: each.Outside, Count: each.Count})
		next += each.Count
	}
	return maps
}

// Subordinate reads the ranges of ids that file, /etc/subuid or /etc/subgid,
// sets aside for a user, given by name or number. Lines are "name:first:count";
// a file that is not there sets nothing aside. See subuid(5).
func Subordinate(file, name string, number uint32) ([]IDMap, error) {
	text, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer text.Close()
	var ranges []IDMap
	for scanner := bufio.NewScanner(text); scanner.Scan(); {
		fields := strings.Split(strings.TrimSpace(scanner.Text()), ":")
		if len(fields) != 3 || fields[0] != name && fields[0] != strconv.FormatUint(uint64(number), 10) {
			continue
		}
		first, err1 := strconv.ParseUint(fields[1], 10, 32)
		count, err2 := strconv.ParseUint(fields[2], 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("%s: reading the line %q: %w", file, scanner.Text(), err)
		}
		ranges = append(ranges, IDMap{Outside: uint32(first), Count: uint32(count)})
	}
	return ranges, nil
}

// ReadMap reads a map as the kernel shows it: /proc/self/uid_map or gid_map.
func ReadMap(file string) ([]IDMap, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var maps []IDMap
	for line := range strings.Lines(string(text)) {
		var each IDMap
		if _, err := fmt.Sscan(line, &each.Inside, &each.Outside, &each.Count); err != nil {
			return nil, fmt.Errorf("%s: reading the line %q: %w", file, line, err)
		}
		maps = append(maps, each)
	}
	return maps, nil
}

// Exist says whether all ids of some ranges mean somebody in a user namespace of
// the given map. Those set aside in the machine's /etc/subuid do not where that
// file is seen from a namespace with one id.
func Exist(ranges, maps []IDMap) bool {
	for _, wanted := range ranges {
		isMapped := false
		for _, each := range maps {
			first, last := uint64(each.Inside), uint64(each.Inside)+uint64(each.Count)
			isMapped = isMapped || first <= uint64(wanted.Outside) && uint64(wanted.Outside)+uint64(wanted.Count) <= last
		}
		if !isMapped {
			return false
		}
	}
	return true
}
