package text

import (
	"io"
	"strconv"
	"strings"

	"drydock/cmd/box/applet"
)

// cut prints fields or characters of each line. See cut(1).
func cut(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "f|fields: c|characters: b|bytes: d|delimiter: s|only-delimited")
	if !ok {
		return status
	}
	list := f.Value("f", f.Value("c", f.Value("b", "")))
	chosen, ok := ranges(list)
	if !ok {
		return e.Misuse("want a list such as 1,3-5 behind -f or -c")
	}
	delimiter := f.Value("d", "\t")
	return eachLine(e, names, func(line string) bool {
		if !f.Has("f") {
			var b strings.Builder
			for i, r := range []rune(line) {
				if chosen(i + 1) {
					b.WriteRune(r)
				}
			}
			e.Out.WriteString(b.String() + "\n")
			return true
		}
		if !strings.Contains(line, delimiter) {
			if !f.Has("s") {
				e.Out.WriteString(line + "\n")
			}
			return true
		}
		var out []string
		for i, field := range strings.Split(line, delimiter) {
			if chosen(i + 1) {
				out = append(out, field)
			}
		}
		e.Out.WriteString(strings.Join(out, delimiter) + "\n")
		return true
	})
}

// ranges reads 1,3-5,7- and returns which numbers it names.
func ranges(list string) (chosen func(int) bool, ok bool) {
	var all [][2]int
	for _, part := range strings.Split(list, ",") {
		from, to, isRange := strings.Cut(part, "-")
		low, high := 1, 1<<30
		var err error
		if from != "" {
			low, err = strconv.Atoi(from)
		}
		if err == nil && isRange && to != "" {
			high, err = strconv.Atoi(to)
		}
		if !isRange {
			high = low
		}
		if err != nil || low < 1 || part == "" || part == "-" {
			return nil, false
		}
		all = append(all, [2]int{low, high})
	}
	return func(n int) bool {
		for _, r := range all {
			if n >= r[0] && n <= r[1] {
				return true
			}
		}
		return false
	}, true
}

// tr replaces, deletes or squeezes characters. See tr(1).
func tr(e *applet.Env, args []string) int {
	f, sets, status, ok := e.Flags(args, "+c|complement C d|delete s|squeeze-repeats")
	if !ok {
		return status
	}
	if len(sets) == 0 || len(sets) > 2 || len(sets) == 1 && !f.Has("d") && !f.Has("s") {
		return e.Misuse("want two sets, or one with -d or -s")
	}
	from, to := expandSet(sets[0]), []byte(nil)
	if len(sets) == 2 {
		to = expandSet(sets[1])
	}
	if f.Has("c") || f.Has("C") {
		from = complement(from)
	}
	t := newTranslation(from, to, f)
	buf := make([]byte, 32<<10)
	for {
		n, err := e.In.Read(buf)
		if _, err := e.Out.Write(t.apply(buf[:n])); err != nil {
			return e.Fail("write error", err)
		}
		if err == io.EOF {
			return applet.OK
		}
		if err != nil {
			return e.Fail("reading", err)
		}
	}
}

// translation is what tr does to each byte.
type translation struct {
	to              [256]byte
	delete, squeeze [256]bool
	last            int // the byte printed last; -1 for none
}

func newTranslation(from, to []byte, f applet.Flags) *translation {
	t := &translation{last: -1}
	for i := range t.to {
		t.to[i] = byte(i)
	}
	for i, b := range from {
		switch {
		case f.Has("d"):
			t.delete[b] = true
		case len(to) > 0:
			t.to[b] = to[min(i, len(to)-1)] // the second set's last serves the rest
		}
	}
	squeezed := from
	if len(to) > 0 {
		squeezed = to
	}
	for _, b := range squeezed {
		t.squeeze[b] = f.Has("s")
	}
	return t
}

func (t *translation) apply(in []byte) []byte {
	out := make([]byte, 0, len(in))
	for _, b := range in {
		if t.delete[b] {
			continue
		}
		b = t.to[b]
		if t.squeeze[b] && int(b) == t.last {
			continue
		}
		t.last = int(b)
		out = append(out, b)
	}
	return out
}

func complement(set []byte) []byte {
	var in [256]bool
	for _, b := range set {
		in[b] = true
	}
	var out []byte
	for b := range in {
		if !in[b] {
			out = append(out, byte(b))
		}
	}
	return out
}

// expandSet writes out a set such as a-z, [:digit:] or \n.
func expandSet(set string) []byte {
	for class, members := range map[string]string{
		"[:digit:]": "0-9", "[:lower:]": "a-z", "[:upper:]": "A-Z", "[:alpha:]": "A-Za-z",
		"[:alnum:]": "0-9A-Za-z", "[:space:]": `\t\n\v\f\r `, "[:blank:]": `\t `,
		"[:punct:]": "!-/:-@[-`{-~",
	} {
		set = strings.ReplaceAll(set, class, members)
	}
	text, _ := unescape(set, false)
	var out []byte
	for i := 0; i < len(text); i++ {
		if i+2 < len(text) && text[i+1] == '-' && text[i] <= text[i+2] {
			for b := int(text[i]); b <= int(text[i+2]); b++ {
				out = append(out, byte(b))
			}
			i += 2
			continue
		}
		out = append(out, text[i])
	}
	return out
}
