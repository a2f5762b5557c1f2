package main

import (
	"strings"
	"testing"

	"drydock/cmd/box/applet"
)

// called calls an applet in this process.
func called(t *testing.T, stdin string, args ...string) (out, errs string, status int) {
	t.Helper()
	a, ok := find(args[0])
	if !ok {
		t.Fatalf("no applet %s", args[0])
	}
	var o, e strings.Builder
	env := &applet.Env{Name: a.Name, Usage: a.Usage, In: strings.NewReader(stdin), Out: applet.NewOutput(&o), Err: &e}
	status = applet.Run(a, env, args[1:])
	return o.String(), e.String(), status
}

func TestTextApplets(t *testing.T) {
	const fruit = "pear\napple\nfig\napple\n"
	tests := []struct {
		args, stdin, out string
		status           int
	}{
		{"cat", "a\nb", "a\nb", 0},
		{"cat -n", "a\nb\n", "     1\ta\n     2\tb\n", 0},
		{"head -n 2", fruit, "pear\napple\n", 0},
		{"head -1", fruit, "pear\n", 0},
		{"head -c 3", fruit, "pea", 0},
		{"tail -n 1", fruit, "apple\n", 0},
		{"tail -n +3", fruit, "fig\napple\n", 0},
		{"tail -c 3", "abcdef", "def", 0},
		{"wc", "a b\nc\n", "      2       3       6\n", 0},
		{"wc -l", fruit, "4\n", 0},
		{"sort", fruit, "apple\napple\nfig\npear\n", 0},
		{"sort -ru", fruit, "pear\nfig\napple\n", 0},
		{"sort -n", "10\n9\n-1\n", "-1\n9\n10\n", 0},
		{"sort -k 2", "a 2\nb 1\n", "b 1\na 2\n", 0},
		{"sort -t : -k 2,2 -n", "a:10\nb:9\n", "b:9\na:10\n", 0},
		{"uniq -c", "a\na\nb\n", "      2 a\n      1 b\n", 0},
		{"uniq -d", "a\na\nb\n", "a\n", 0},
		{"cut -d : -f 1,3", "a:b:c\n", "a:c\n", 0},
		{"cut -c 2-3", "abcd\n", "bc\n", 0},
		{"tr a-c A-C", "abcd", "ABCd", 0},
		{"tr -d a", "banana", "bnn", 0},
		{"tr -s a", "baanaa", "bana", 0},
		{"tr -cd 0-9", "a1b2", "12", 0},
		{"grep p", fruit, "pear\napple\napple\n", 0},
		{"grep -c p", fruit, "3\n", 0},
		{"grep -vn p", fruit, "3:fig\n", 0},
		{"grep -i APP", fruit, "apple\napple\n", 0},
		{"grep -q zzz", fruit, "", 1},
		{"grep -oE [0-9]+", "a12b3\n", "12\n3\n", 0},
		{"grep a\\+", "ba+\nbaa\n", "ba+\nbaa\n", 0},
		{"grep a+", "ba+\nbaa\n", "ba+\n", 0},
		{"grep *a", "*a\na\n", "*a\n", 0},
		{"grep -F a.c", "abc\na.c\n", "a.c\n", 0},
		{"grep -w fig", "figs\nfig\n", "fig\n", 0},
		{"grep -A1 fig", fruit, "fig\napple\n", 0},
		{"grep (", "(\n", "(\n", 0},
		{"sed s/a/b/", "aa\n", "ba\n", 0},
		{"sed s/a/b/g", "aa\n", "bb\n", 0},
		{"sed s/a/b/2", "aa\n", "ab\n", 0},
		{"sed -n /fig/p", fruit, "fig\n", 0},
		{"sed 2,3d", fruit, "pear\napple\n", 0},
		{"sed $d", "a\nb\n", "a\n", 0},
		{"sed -e s,a,/, -e 1q", "ab\nab\n", "/b\n", 0},
		{"sed -E s/(a)(b)/\\2\\1&/", "ab\n", "baab\n", 0},
		{"sed s/\\(a\\)b/[\\1]/", "ab\n", "[a]\n", 0},
		{"sed /a/!d", "a\nb\n", "a\n", 0},
		{"sed y/ab/xy/", "ab\n", "xy\n", 0},
		{"seq 3", "", "1\n2\n3\n", 0},
		{"seq 3 -1 1", "", "3\n2\n1\n", 0},
		{"seq -s , 0.5 0.5 1.5", "", "0.5,1.0,1.5\n", 0},
		{"seq -w 9 10", "", "09\n10\n", 0},
		{"echo -n a b", "", "a b", 0},
		{"echo -e a\\tb\\x21\\041", "", "a\tb!!\n", 0},
		{"echo -x", "", "-x\n", 0},
		{"printf %s-%d\\n a 1 b 2", "", "a-1\nb-2\n", 0},
		{"printf %05.1f|%x 3.14159 255", "", "003.1|ff", 0},
		{"printf %d 0x10", "", "16", 0},
		{"md5sum", "", "d41d8cd98f00b204e9800998ecf8427e  -\n", 0},
		{"sha256sum", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  -\n", 0},
		{"hexdump -C", "hi\n", "00000000  68 69 0a                                          |hi.|\n00000003\n", 0},
		{"xxd", "hi\n", "00000000: 6869 0a                                  hi.\n", 0},
		{"basename /a/b.c .c", "", "b\n", 0},
		{"dirname /a/b c /", "", "/a\n.\n/\n", 0},
		{"test 1 -lt 2 -a ! -d /proc/nope", "", "", 0},
		{"test -z x", "", "", 1},
		{"[ a = a ]", "", "", 0},
		{"[ a = a", "", "", 2},
		{"kill -l 9", "", "KILL\n", 0},
		{"kill -l TERM", "", "15\n", 0},
		{"date -u -d @0 +%F_%T", "", "1970-01-01_00:00:00\n", 0},
	}
	for _, test := range tests {
		out, errs, status := called(t, test.stdin, strings.Split(test.args, " ")...)
		if out != test.out || status != test.status {
			t.Errorf("%s: got %q and status %d, want %q and %d (errors: %q)", test.args, out, status, test.out, test.status, errs)
		}
	}
}

func TestRefusalsNameWhatIsNotSupported(t *testing.T) {
	for args, want := range map[string]string{
		"sed x":              "command 'x' is not supported",
		"sed s/a":            "missing '/'",
		"grep \\(a\\)\\1":    "back references",
		"find / -exec":       "unknown predicate '-exec'",
		"ls -Z":              "unknown option -- 'Z'",
		"stat -c %Q /":       "unknown directive '%Q'",
		"ps -o nope":         "unknown column 'nope'",
		"nsenter -t 1 -U sh": "several threads",
		"unshare -p sh":      "-p needs -f",
		"ip rule":            "object 'rule' is not supported",
		"date -d tomorrow":   "only @SECONDS",
		"kill -FOO 1":        "unknown signal 'FOO'",
		"head -n x":          "invalid number 'x'",
		"sort -h":            "-h",
	} {
		_, errs, status := called(t, "", strings.Split(args, " ")...)
		if status != 2 || !strings.Contains(errs, want) {
			t.Errorf("%s: got status %d, %q; want 2 and %q", args, status, errs, want)
		}
	}
}

func TestErrorsReadAsThoseOfCPrograms(t *testing.T) {
	for args, want := range map[string]string{
		"cat /proc/nope": "cat: /proc/nope: No such file or directory\n",
		"kill %9":        "kill: %9: no such job\n",
		"ls /proc/nope":  "ls: /proc/nope: No such file or directory\n",
		"mkdir /proc":    "mkdir: /proc: File exists\n",
		"cat /":          "cat: /: Is a directory\n",
	} {
		if _, errs, status := called(t, "", strings.Split(args, " ")...); errs != want || status != 1 {
			t.Errorf("%s: got %q and status %d, want %q", args, errs, status, want)
		}
	}
}
