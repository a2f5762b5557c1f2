package peers

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"drydock/mini-docker/builder/corpus"
)

// scripts are lines of a shell, in which d is an engine. Each line is run in the same
// place with both.
var scripts = map[string]string{
	"volumes": `
d run --rm --network none -v $PWD/tree:/x filled ls -lnR /x
d run --rm --network none -v $PWD/tree:/x filled sh -c 'echo more >/x/more'
d run --rm --network none -v $PWD/tree:/x:ro filled sh -c 'echo no >/x/no'
d run --rm --network none -v $PWD/tree:/x:rw,rprivate filled sh -c 'echo rw >/x/rw'
d run --rm --network none -v $PWD/tree:/x:nosuch filled true
d run --rm --network none -v $PWD/tree:/x:ro,rw filled true
d run --rm --network none -v $PWD/tree:/x:ro,ro filled true
d run --rm --network none -v $PWD/tree:/x:private,rprivate filled true
d run --rm --network none -v $PWD/tree:/x:nocopy filled true
d run --rm --network none -v $PWD/made/deep:/x filled sh -c 'echo made >/x/made'
d run --rm --network none -v $PWD/tree/file:/etc/one filled cat /etc/one
d run --rm --network none -v $PWD/tree:x filled true
d run --rm --network none -v $PWD/tree:/ filled true
d run --rm --network none -v $PWD/tree:/x/../y filled ls /y
d run --rm --network none -v $PWD/tree:/x/ filled ls /x
d run --rm --network none -v :/x filled true
d run --rm --network none -v /x: filled true
d run --rm --network none -v a:b:c:d filled true
d run --rm --network none -v '' filled true
d run --rm --network none -v /data/sub filled ls /data/sub
d run --rm --network none -v one:/data filled sh -c 'find /data | sort | xargs stat -c "%n %a %u:%g"; echo own >/data/own'
d run --rm --network none -v one:/data filled ls /data
d run --rm --network none -v one:/x:ro filled sh -c 'ls /x; echo no >/x/no'
d run --rm --network none -v two:/data:nocopy filled ls -A /data
d run --rm --network none -v three:/data:ro filled ls -A /data
d run --rm --network none -v four:/data:ro,nocopy filled ls -A /data
d run --rm --network none -v four:/link filled sh -c 'ls -A /link /target'
d run --rm --network none -v five:/data/prog filled true
d run --rm --network none -v bad/name:/x filled true
d run --rm --network none --mount type=bind,src=$PWD/tree,dst=/x filled ls /x
d run --rm --network none --mount type=bind,source=$PWD/tree,target=/x,readonly filled sh -c 'echo no >/x/no'
d run --rm --network none --mount type=bind,src=$PWD/tree,dst=/x,ro=false filled sh -c 'echo yes >/x/yes'
d run --rm --network none --mount type=bind,src=$PWD/tree,dst=/x,bind-propagation=rprivate filled ls /x
d run --rm --network none --mount type=bind,src=$PWD/tree,dst=/x,bind-propagation=nosuch filled ls /x
d run --rm --network none --mount type=bind,src=$PWD/missing,dst=/x filled true
d run --rm --network none --mount type=bind,dst=/x filled true
d run --rm --network none --mount type=bind,src=$PWD/tree filled true
d run --rm --network none --mount type=bind,src=$PWD/tree,dst=x filled true
d run --rm --network none --mount type=bind,src=$PWD/tree,dst=/x,volume-nocopy filled true
d run --rm --network none --mount type=bind,src=$PWD/tree,dst=/x,tmpfs-size=1m filled true
d run --rm --network none --mount type=nosuch,dst=/x filled true
d run --rm --network none --mount type=bind,src=$PWD/tree,dst=/x,nosuch=1 filled true
d run --rm --network none --mount dst=/data filled ls /data
d run --rm --network none --mount src=six,dst=/data filled ls /data
d run --rm --network none --mount type=volume,src=seven,dst=/data,volume-nocopy filled ls /data
d run --rm --network none --mount type=volume,src=seven,dst=/data,volume-nocopy=false filled ls /data
d run --rm --network none --mount type=volume,src=six,dst=/x,readonly filled sh -c 'ls /x; echo no >/x/no'
d run --rm --network none --mount type=volume,src=six,dst=/x,bind-propagation=rprivate filled ls /x
d run --rm --network none --mount type=volume,src=$PWD/tree,dst=/x filled ls /x
d run --rm --network none --mount type=volume,src=six filled true
d run --rm --network none --mount type=tmpfs,dst=/data filled ls -A /data
d run --rm --network none --mount type=tmpfs,dst=/t,tmpfs-mode=0700,tmpfs-size=64k filled sh -c 'stat -c %a /t; head -c 100000 /dev/zero >/t/big'
d run --rm --network none --mount type=tmpfs,src=x,dst=/t filled true
d run --rm --network none --mount type=tmpfs,dst=/t,readonly filled sh -c 'echo no >/t/no'
d run --rm --network none --mount type=tmpfs,dst=/t,volume-nocopy filled true
d run --rm --network none --tmpfs /t:mode=711,size=1m filled stat -c %a /t
d run --rm --network none --tmpfs /t:nosuch filled true
d run --rm --network none --tmpfs t filled true
d run --rm --network none -v one:/x -v two:/x filled true
d run --rm --network none -v one:/x --mount type=tmpfs,dst=/x filled true
d run --rm --network none -v one:/x --tmpfs /x filled true
d run --rm --network none -v one:/x -v $PWD/tree:/x/in filled ls /x/in
d volume ls -q | grep -v ................................................................ | sort
d create --network none --name from -v one:/x -v $PWD/tree:/y:ro -v /anonymous --tmpfs /t filled true
d run --rm --network none --volumes-from from filled sh -c 'ls /x /y; echo no >/y/no'
d run --rm --network none --volumes-from from:ro filled sh -c 'ls /x; echo no >/x/no'
d run --rm --network none --volumes-from from:rw filled sh -c 'echo yes >/x/yes; echo no >/y/no'
d run --rm --network none --volumes-from from:nosuch filled true
d run --rm --network none --volumes-from nobody filled true
d run --rm --network none --volumes-from from -v two:/x filled ls -A /x
d run --rm --network none --volumes-from from filled sh -c 'mount | grep -c " /t "'
d run --rm --network none -v one:/x filled ls /x
d volume rm one
d rm -v from
d volume rm one two nosuch
d volume create six
d volume create bad/name
d volume create --label a=b --name eight nine
d volume inspect --format '{{.Name}} {{.Driver}} {{.Scope}} {{.Labels}}' eight six
d volume ls -q -f name=si
`,
	"cp": `
d create --network none --name box -v vol:/data -v $PWD/tree:/bound:ro filled true
d start -a box
d cp tree/file box:/new
d cp tree/file box:/new-dir/
d cp tree/file box:/missing/file
d cp tree/file box:/data
d cp tree/file box:/data/
d cp tree/file box:/data/prog/
d cp tree/file box:/data/renamed
d cp tree/file box:relative
d cp tree/file box:
d cp tree/file box:/bound/no
d cp tree box:/dir
d cp tree box:/dir
d cp tree/. box:/dot
d cp tree/. box:/dot
d cp tree/ box:/slash
d cp tree/ box:/slash/
d cp tree box:/data/prog
d cp tree box:/missing/dir
d cp tree/link box:/as-link
d cp -L tree/link box:/as-file
d cp tree/broken box:/broken
d cp -L tree/broken box:/broken-2
d cp tree/to-dir box:/to-dir
d cp tree/to-dir/ box:/through
d cp tree/to-dir/. box:/through-2
d cp tree/missing box:/x
d cp tree/file/ box:/x
d cp tree/file/. box:/x
d cp tree/file box:/link/in
d cp tree/file box:/link
d cp tree/file box:/dangling
d cp -a tree box:/archive
tar -cf - tree | d cp - box:/data
tar -cf - tree | d cp - box:/missing
tar -cf - tree | d cp - box:/data/prog
echo no archive | d cp - box:/data
: | d cp - box:/data
d export box >box.tar
mkdir out
d cp box:/data/prog out/new
d cp box:/data/prog out/
d cp box:/data/prog out/missing/
d cp box:/data/prog out/missing/file
d cp box:/data/prog/ out/x
d cp box:/data out/dir
d cp box:/data out/dir
d cp box:/data/. out/dot
d cp box:/data/ out/slash
d cp box:/data out/new
d cp box:/data/. out/new
d cp box:/link out/link
d cp box:/link/ out/through
d cp box:/link/. out/through-2
d cp -L box:/link out/followed
d cp box:/dangling out/dangling
d cp -L box:/dangling out/dangling-2
d cp box:/missing out/x
d cp box:/ out/missing/x
d cp box:/bound/file out/bound
d cp box: out/x
d cp box:etc/passwd out/passwd
d cp -a box:/data out/owned
d cp box:/data - | tar -tf - | sort
d cp box:/data/. - | tar -tf - | sort
d cp box:/data/prog - | tar -tf -
d cp box:/link - | tar -tvf - | sed 's/.* link/link/'
d cp box:/missing -
cd out && d cp box:/data/prog .
cd out && d cp box:/data/prog ..
cd out && d cp box:/data/prog new
d cp nobody:/x out/x
d cp tree/file nobody:/x
d cp box:/x box:/y
d cp tree/file out/file
d cp tree/file
d cp - -
d create --network none --name sealed --read-only -v vol:/data -v vol:/sealed:ro --tmpfs /t filled true
d cp tree/file sealed:/etc
d cp tree/file sealed:/data
d cp tree/file sealed:/sealed
d cp sealed:/data/file out/from-sealed
d rm box sealed
d volume rm vol
`,
}

// Each line ends as with docker, prints the same, and leaves the same files behind.
func TestVolumesAndCopiesAreAsWithDocker(t *testing.T) {
	other, here := docker(t), miniDocker(t)
	image, context := filepath.Join(t.TempDir(), "image.tar"), t.TempDir()
	write(t, filepath.Join(context, "Dockerfile"), `FROM mini/box
RUN mkdir -p /data/sub /target && echo prog >/data/prog && echo sub >/data/sub/file && chmod 711 /data/prog && chmod 1700 /data/sub && chmod 750 /data && chown -R 12:34 /data/sub
RUN ln -s target /link && ln -s nowhere /dangling && echo in-target >/target/in-target
`)
	run(t, here("build", "--network", "none", "-t", "filled", context))
	run(t, here("save", "-o", image, "filled"))
	run(t, other.call("load", "-i", image))
	for name, script := range scripts {
		t.Run(name, func(t *testing.T) {
			ours, theirs := newPlace(t, here), newPlace(t, other.call)
			for line := range strings.Lines(strings.TrimSpace(script)) {
				line = strings.TrimSpace(line)
				got, complaint := ours.run(t, line)
				want, theirComplaint := theirs.run(t, line)
				if got != want {
					t.Errorf("%s\ngot  %s%s\nwant %s%s", line, got, complaint, want, theirComplaint)
				}
			}
			differ(t, ours.list(t), theirs.list(t))
		})
	}
}

var owner = regexp.MustCompile(`( [0-7]{4}) \d+:\d+ `)

// place is where an engine copies from and to.
type place struct {
	dir  string
	call func(args ...string) *exec.Cmd
}

func newPlace(t *testing.T, call func(args ...string) *exec.Cmd) place {
	t.Helper()
	p := place{filepath.Join(openDir(t), "place"), call}
	write(t, filepath.Join(p.dir, "tree/file"), "file\n")
	write(t, filepath.Join(p.dir, "tree/sub/deep"), "deep\n")
	for name, to := range map[string]string{"link": "file", "broken": "nowhere", "to-dir": "sub"} {
		if err := os.Symlink(to, filepath.Join(p.dir, "tree", name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(filepath.Join(p.dir, "tree/sub/deep"), 56, 78); err != nil {
		t.Fatal(err)
	}
	return p
}

// run runs a line, and says how it ended and what it printed, but for what is this
// place's alone.
func (p place) run(t *testing.T, line string) (ended, complaint string) {
	t.Helper()
	engine := p.call()
	command := exec.Command("sh", append([]string{"-c", `program="$*"; d() { $program "$@"; }; ` + line, "sh"}, engine.Args...)...)
	command.Dir, command.Env = p.dir, engine.Env
	var said, complained strings.Builder
	command.Stdout, command.Stderr = &said, &complained
	status := "0"
	if err := command.Run(); err != nil {
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
			t.Fatal(err)
		}
		status = err.Error()
	}
	text := said.String()
	if strings.HasPrefix(line, "d create") {
		text = "" // an id
	}
	return status + "\n" + strings.ReplaceAll(text, p.dir, "DIR"), complained.String()
}

// list are the files of the place, and those of a container that was exported there,
// but for their owners: those of copies are what docker's reference of cp says. Its
// programs keep the host's on the way in, and with -a none on the way out.
func (p place) list(t *testing.T) []string {
	t.Helper()
	var lines []string
	exported := filepath.Join(p.dir, "box.tar")
	if _, err := os.Stat(exported); err == nil {
		inside, err := corpus.ListFile(exported)
		if err != nil {
			t.Fatal(err)
		}
		for _, each := range inside {
			top, _, _ := strings.Cut(strings.TrimPrefix(each, "/"), "/")
			switch top, _, _ = strings.Cut(top, " "); top {
			case "", "dev", "proc", "sys", "etc", ".dockerenv": // the engine's own affair
			default:
				lines = append(lines, "in the container: "+each)
			}
		}
		if err := os.Remove(exported); err != nil {
			t.Fatal(err)
		}
	}
	packed := p.dir + ".tar"
	run(t, exec.Command("tar", "-c", "-C", p.dir, "-f", packed, "."))
	outside, err := corpus.ListFile(packed)
	if err != nil {
		t.Fatal(err)
	}
	lines = append(lines, outside...)
	for i, each := range lines {
		lines[i] = owner.ReplaceAllString(each, "$1 ")
	}
	return lines
}
