package wire

// Request is what the shim must know to clone the container's first process and
// to look after it. The descriptors that belong to it come with its frame, in the
// order of the fields that count them.
type Request struct {
	Flags      uint64 // of clone(2)
	UIDs, GIDs []IDs  // maps of a new user namespace that the shim is to write
	Setgroups  bool   // see user_namespaces(7), The /proc/pid/setgroups file
	KeepGroups bool   // do not call setgroups(2) in the child

	Path      string   // of the program, seen when Files are in place
	Args, Env []string // its own

	Files int // the child's, from 0 on
	Joins int // namespaces to be in for the child's birth
	Into  int // 1: the cgroup of version 2 to be born in
	There int // version 1: the lists of threads to be in for the child's birth
	Back  int // and those to return to

	Input  int // 1: the other end of the child's standard input
	Output int // 2: those of its output and error

	InputOnce    bool // the first end of input is the container's
	StarterTypes bool // the starter passes on what is typed: its end is one of input

	Log Log
}

// IDs is a line of an id map.
type IDs struct{ Inside, Outside, Count uint32 }

// Log says what is kept of the container's output.
type Log struct {
	MaxBytes uint64 // the most a file may have; 0 keeps nothing
	MaxFiles uint64
}

// Result is a number, an error of the kernel's or a status.
type Result struct {
	Number int64
	Errno  uint64 // 0: none
}

// Encode writes the request as the content of a frame.
func (r *Request) Encode() []byte {
	var b []byte
	for _, number := range r.numbers() {
		b = appendNumber(b, *number)
	}
	b = appendIDs(appendIDs(b, r.UIDs), r.GIDs)
	for _, flag := range r.flags() {
		b = appendNumber(b, number(*flag))
	}
	for _, count := range r.counts() {
		b = appendNumber(b, uint64(*count))
	}
	b = appendText(b, r.Path)
	return appendTexts(appendTexts(b, r.Args), r.Env)
}

// Decode reads what Encode wrote. ok is false if it is something else.
func (r *Request) Decode(content []byte) (ok bool) {
	d := decoder{content, true}
	for _, number := range r.numbers() {
		*number = d.number()
	}
	r.UIDs, r.GIDs = d.ids(), d.ids()
	for _, flag := range r.flags() {
		*flag = d.number() != 0
	}
	for _, count := range r.counts() {
		*count = int(d.number())
	}
	r.Path, r.Args, r.Env = d.text(), d.texts(), d.texts()
	return d.ok && len(d.rest) == 0
}

// Descriptors is how many come with the request.
func (r *Request) Descriptors() int {
	sum := 0
	for _, count := range r.counts() {
		if *count < 0 || *count > maxDescriptors {
			return -1
		}
		sum += *count
	}
	return sum
}

// maxDescriptors is the most that a message can carry: SCM_MAX_FD, unix(7).
const maxDescriptors = 253

func (r *Request) numbers() []*uint64 { return []*uint64{&r.Flags, &r.Log.MaxBytes, &r.Log.MaxFiles} }
func (r *Request) flags() []*bool {
	return []*bool{&r.Setgroups, &r.KeepGroups, &r.InputOnce, &r.StarterTypes}
}
func (r *Request) counts() []*int {
	return []*int{&r.Files, &r.Joins, &r.Into, &r.There, &r.Back, &r.Input, &r.Output}
}

// Encode writes the result as the content of a frame.
func (r Result) Encode() []byte { return appendNumber(appendNumber(nil, uint64(r.Number)), r.Errno) }

// DecodeResult reads what Encode wrote.
func DecodeResult(content []byte) (r Result, ok bool) {
	d := decoder{content, true}
	r = Result{int64(d.number()), d.number()}
	return r, d.ok && len(d.rest) == 0
}

func number(flag bool) uint64 {
	if flag {
		return 1
	}
	return 0
}

func appendNumber(b []byte, n uint64) []byte {
	for shift := 56; shift >= 0; shift -= 8 {
		b = append(b, byte(n>>shift))
	}
	return b
}

func appendText(b []byte, text string) []byte {
	return append(appendNumber(b, uint64(len(text))), text...)
}

func appendTexts(b []byte, texts []string) []byte {
	b = appendNumber(b, uint64(len(texts)))
	for _, each := range texts {
		b = appendText(b, each)
	}
	return b
}

func appendIDs(b []byte, ids []IDs) []byte {
	b = appendNumber(b, uint64(len(ids)))
	for _, each := range ids {
		for _, n := range []uint32{each.Inside, each.Outside, each.Count} {
			b = appendNumber(b, uint64(n))
		}
	}
	return b
}

// decoder reads one thing after the other, and nothing more once it has met what
// cannot be.
type decoder struct {
	rest []byte
	ok   bool
}

func (d *decoder) number() (n uint64) {
	const bytes = 8
	if d.ok = d.ok && len(d.rest) >= bytes; !d.ok {
		return 0
	}
	for _, each := range d.rest[:bytes] {
		n = n<<8 | uint64(each)
	}
	d.rest = d.rest[bytes:]
	return n
}

// count reads how many things follow, of which each takes a byte at the least.
func (d *decoder) count() int {
	n := d.number()
	if d.ok = d.ok && n <= uint64(len(d.rest)); !d.ok {
		return 0
	}
	return int(n)
}

func (d *decoder) text() string {
	n := d.count()
	text := string(d.rest[:n])
	d.rest = d.rest[n:]
	return text
}

func (d *decoder) texts() (texts []string) {
	for range d.count() {
		texts = append(texts, d.text())
	}
	return texts
}

func (d *decoder) ids() (ids []IDs) {
	for range d.count() {
		ids = append(ids, IDs{uint32(d.number()), uint32(d.number()), uint32(d.number())})
	}
	return ids
}
