package inet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"drydock/cmd/box/applet"
)

// wget fetches a file by HTTP, or has a server take one. See wget(1), HTTP Options.
func wget(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "q S O: T: Y: header: method: body-file:")
	if !ok {
		return status
	}
	if len(args) != 1 {
		return e.Misuse("want one URL")
	}
	patience, ok := seconds(e, f, "T", 15*time.Minute)
	if !ok {
		return applet.Failed
	}
	w := fetch{
		e: e, quiet: f.Has("q"), headers: f.Has("S"), file: f.Value("O", ""), patience: patience,
		method: strings.ToUpper(f.Value("method", "GET")), fields: f.All("header"), body: f.Value("body-file", ""),
	}
	if w.body != "" && !f.Has("method") {
		return e.Misuse("--body-file needs a --method")
	}
	return w.follow(args[0])
}

// fetch is one call of wget.
type fetch struct {
	e              *applet.Env
	quiet, headers bool
	file           string // "-" is the standard output, "" what the URL ends with
	patience       time.Duration

	method string
	fields []string // of the request's head, besides our own
	body   string   // the file that is sent, or ""
}

// A server may answer that a file is elsewhere so many times.
const maxRedirects = 5

// follow fetches what a URL names, wherever that leads.
func (w *fetch) follow(text string) int {
	for range maxRedirects {
		if !strings.Contains(text, "://") {
			text = "http://" + text
		}
		target, err := url.Parse(text)
		if err != nil || target.Hostname() == "" {
			return w.e.Complain("bad address '" + text + "'")
		}
		if target.Scheme != "http" {
			return w.e.Complain("not an http URL: " + text + ": box has no TLS and no FTP")
		}
		moved, status := w.get(target)
		if moved == "" {
			return status
		}
		next, err := target.Parse(moved)
		if err != nil {
			return w.e.Complain("bad address '" + moved + "'")
		}
		text = next.String()
	}
	return w.e.Complain("too many redirections")
}

// get asks one server once. HTTP/1.0, since its answers end with the connection,
// and never come in chunks. See RFC 1945.
func (w *fetch) get(target *url.URL) (moved string, status int) {
	port := target.Port()
	if port == "" {
		port = "80"
	}
	connection, ok := connect(w.e, target.Hostname(), port, w.patience)
	if !ok {
		return "", applet.Failed
	}
	defer connection.Close()
	if !w.quiet {
		fmt.Fprintf(w.e.Err, "Connecting to %s (%s)\n", target.Host, connection.RemoteAddr())
	}
	connection = &patient{connection, w.patience}
	if err := w.ask(connection, target); err != nil {
		return "", w.e.Complain(err.Error())
	}
	answer := bufio.NewReader(connection)
	head, err := readHead(answer)
	if err != nil {
		return "", w.e.Complain("error getting response: " + reason(err))
	}
	if w.headers {
		fmt.Fprintln(w.e.Err, "  "+strings.Join(head.lines, "\n  "))
	}
	switch code := head.code(); {
	case code >= 300 && code < 400 && head.field("location") != "":
		return head.field("location"), applet.OK
	case code < 200 || code > 299:
		return "", w.e.Complain("server returned error: " + head.lines[0])
	}
	return "", w.save(target, head, answer)
}

// ask sends the request.
func (w *fetch) ask(connection io.Writer, target *url.URL) error {
	var body []byte
	fields := append([]string{"Host: " + target.Host, "User-Agent: Wget", "Connection: close"}, w.fields...)
	if w.body != "" {
		var err error
		if body, err = os.ReadFile(w.body); err != nil {
			return fmt.Errorf("can't open '%s': %s", w.body, applet.Reason(err))
		}
		fields = append(fields, "Content-Length: "+strconv.Itoa(len(body)))
	}
	_, err := fmt.Fprintf(connection, "%s %s HTTP/1.0\r\n%s\r\n\r\n%s", w.method, target.RequestURI(), strings.Join(fields, "\r\n"), body)
	if err != nil {
		return errors.New("error sending the request: " + reason(err))
	}
	return nil
}

// save writes the body where it belongs.
func (w *fetch) save(target *url.URL, head head, body io.Reader) int {
	name, out := w.file, io.Writer(w.e.Out)
	if name == "" {
		if name = path.Base(target.Path); name == "/" || name == "." {
			name = "index.html"
		}
	}
	if name != "-" {
		file, err := os.Create(name)
		if err != nil {
			return w.e.Fail("can't open '"+name+"'", err)
		}
		defer file.Close()
		out = file
	}
	size, err := strconv.ParseInt(head.field("content-length"), 10, 64)
	if err != nil {
		size = -1
	} else {
		body = io.LimitReader(body, size)
	}
	n, err := io.Copy(out, body)
	switch {
	case err != nil:
		return w.e.Fail("error getting response", errors.New(reason(err)))
	case size >= 0 && n < size:
		return w.e.Complain("connection closed prematurely")
	case !w.quiet && name != "-":
		fmt.Fprintf(w.e.Err, "'%s' saved\n", name)
	}
	return applet.OK
}

// head is the beginning of a message: a line that says what it is, then the fields.
type head struct{ lines []string }

// maxHead is how many bytes of it are read.
const maxHead = 64 << 10

func readHead(r *bufio.Reader) (h head, err error) {
	for size := 0; size < maxHead; {
		line, err := r.ReadString('\n')
		if err != nil {
			return h, err
		}
		size += len(line)
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			h.lines = append(h.lines, line)
		} else if len(h.lines) > 0 {
			return h, nil
		}
	}
	return h, errors.New("the header is too long")
}

// code is the status of an answer, 0 if it is none.
func (h head) code() int {
	fields := strings.Fields(h.lines[0])
	if len(fields) < 2 || !strings.HasPrefix(fields[0], "HTTP/") {
		return 0
	}
	code, _ := strconv.Atoi(fields[1])
	return code
}

// field is the value of a field, whose name is given in lower case.
func (h head) field(name string) string {
	for _, line := range h.lines[1:] {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.ToLower(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// patient is a connection whose other side must say or take something now and then.
type patient struct {
	net.Conn
	patience time.Duration
}

func (p *patient) Read(b []byte) (int, error) {
	p.SetDeadline(time.Now().Add(p.patience))
	return p.Conn.Read(b)
}

func (p *patient) Write(b []byte) (int, error) {
	p.SetDeadline(time.Now().Add(p.patience))
	return p.Conn.Write(b)
}
