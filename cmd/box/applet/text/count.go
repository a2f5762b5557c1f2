package text

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"drydock/cmd/box/applet"
)

// wc counts lines, words and bytes. See wc(1).
func wc(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "l|lines w|words c|bytes m|chars")
	if !ok {
		return status
	}
	all := !f.Has("l") && !f.Has("w") && !f.Has("c") && !f.Has("m")
	show := func(n [4]int, name string) {
		var cells []string
		for i, letter := range []string{"l", "w", "c", "m"} {
			if f.Has(letter) || all && i < 3 {
				cells = append(cells, strconv.Itoa(n[i]))
			}
		}
		if len(cells) > 1 {
			for i := range cells {
				cells[i] = fmt.Sprintf("%7s", cells[i])
			}
		}
		if name != "-" || len(names) > 0 {
			cells = append(cells, name)
		}
		e.Out.WriteString(strings.Join(cells, " ") + "\n")
	}
	var total [4]int
	status = eachFile(e, names, func(name string, r io.Reader) error {
		n, err := count(r)
		for i := range n {
			total[i] += n[i]
		}
		show(n, name)
		return err
	})
	if len(names) > 1 {
		show(total, "total")
	}
	return status
}

// count returns lines, words, bytes and characters.
func count(r io.Reader) (n [4]int, err error) {
	err = lines(r, func(line string, ended bool) bool {
		n[1] += len(strings.Fields(line))
		n[2] += len(line)
		n[3] += utf8.RuneCountInString(line)
		if ended {
			n[0]++
			n[2]++
			n[3]++
		}
		return true
	})
	return n, err
}

// uniq drops lines that repeat the one before. See uniq(1).
func uniq(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "c|count d|repeated u|unique")
	if !ok {
		return status
	}
	if len(names) > 1 {
		return e.Misuse("want one file")
	}
	n, before := 0, ""
	show := func() {
		if n == 0 || f.Has("d") && n == 1 || f.Has("u") && n > 1 {
			return
		}
		if f.Has("c") {
			fmt.Fprintf(e.Out, "%7d ", n)
		}
		e.Out.WriteString(before + "\n")
	}
	status = eachLine(e, names, func(line string) bool {
		if n > 0 && line == before {
			n++
			return true
		}
		show()
		n, before = 1, line
		return true
	})
	show()
	return status
}

// sortLines sorts. See sort(1); a key is one field, or all from one on.
func sortLines(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "n|numeric-sort r|reverse u|unique f|ignore-case b k|key: t|field-separator: h V")
	if !ok {
		return status
	}
	if f.Has("h") || f.Has("V") {
		return e.Misuse("-h and -V are not supported")
	}
	key, wrong := sortKey(f)
	if wrong != "" {
		return e.Misuse(wrong)
	}
	compare := func(a, b string) int { return compareKeys(f, key(a), key(b)) }
	var all []string
	status = eachLine(e, names, func(line string) bool { all = append(all, line); return true })
	slices.SortStableFunc(all, func(a, b string) int {
		c := compare(a, b)
		if c == 0 && !f.Has("u") { // equal by key: by the whole line
			c = strings.Compare(a, b)
		}
		if f.Has("r") {
			return -c
		}
		return c
	})
	if f.Has("u") {
		all = slices.CompactFunc(all, func(a, b string) bool { return compare(a, b) == 0 })
	}
	for _, line := range all {
		e.Out.WriteString(line + "\n")
	}
	return status
}

// compareKeys orders two keys: by number with -n, without regard to case with -f.
func compareKeys(f applet.Flags, a, b string) int {
	if f.Has("n") {
		if c := cmp.Compare(leadingNumber(a), leadingNumber(b)); c != 0 || f.Has("u") {
			return c
		}
	}
	if f.Has("f") {
		a, b = strings.ToUpper(a), strings.ToUpper(b)
	}
	return strings.Compare(a, b)
}

// sortKey returns what of a line is compared.
func sortKey(f applet.Flags) (key func(string) string, wrong string) {
	if !f.Has("k") {
		return func(line string) string { return line }, ""
	}
	from, to, _ := strings.Cut(f.Value("k", ""), ",")
	first, err := strconv.Atoi(strings.TrimRight(from, "nr"))
	last := 1 << 30
	if err == nil && to != "" {
		last, err = strconv.Atoi(strings.TrimRight(to, "nr"))
	}
	if err != nil || first < 1 {
		return nil, "unknown key '" + f.Value("k", "") + "'"
	}
	return func(line string) string {
		fields := strings.Fields(line)
		if f.Has("t") {
			fields = strings.Split(line, f.Value("t", ""))
		}
		if first > len(fields) {
			return ""
		}
		return strings.Join(fields[first-1:min(last, len(fields))], " ")
	}, ""
}

func leadingNumber(text string) float64 {
	text = strings.TrimLeft(text, " \t")
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || text[end] == '.' || end == 0 && text[end] == '-') {
		end++
	}
	n, _ := strconv.ParseFloat(text[:end], 64)
	return n
}
