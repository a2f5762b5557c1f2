package namespaces

import "drydock/cmd/box/applet"

// ids is who the caller is in a new user namespace. -1 leaves the id without a
// mapping: the kernel shows it as nobody's.
type ids struct{ user, group int }

// idsFrom reads the options that map an id: -r is short for root of both.
func idsFrom(e *applet.Env, f applet.Flags) (as ids, ok bool) {
	otherwise := -1
	if f.Has("r") {
		otherwise = 0
	}
	user, ok1 := e.Int(f, "map-user", otherwise)
	group, ok2 := e.Int(f, "map-group", otherwise)
	return ids{user, group}, ok1 && ok2
}

func (i ids) mapped() bool { return i.user >= 0 || i.group >= 0 }
