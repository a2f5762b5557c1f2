package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, dir string) *Registry {
	t.Helper()
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ask makes a request and compares what comes of it with a status.
func ask(t *testing.T, r *Registry, want int, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, request)
	if answer.Code != want {
		t.Errorf("%s %s: got %d %s, want %d", method, path, answer.Code, answer.Body, want)
	}
	return answer
}

// push gives a repository a blob.
func push(t *testing.T, r *Registry, name, content string) (digest string) {
	t.Helper()
	digest = digestOf([]byte(content))
	ask(t, r, 201, "POST", "/v2/"+name+"/blobs/uploads/?digest="+digest, content)
	return digest
}

// files are those below a folder.
func files(t *testing.T, folder string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestABlobLiesOnceUntilTheLastRepositoryDeletesIt(t *testing.T) {
	r := open(t, t.TempDir())
	blob := push(t, r, "a", "content")
	push(t, r, "a/b", "content")
	if at := ask(t, r, 201, "POST", "/v2/c/blobs/uploads/?from=a&mount="+blob, "").Header().Get("Location"); at != "/v2/c/blobs/"+blob {
		t.Errorf("mounted at %s", at)
	}
	pool := files(t, r.pool())
	if len(pool) != 1 {
		t.Fatalf("the pool has %v", pool)
	}
	info, err := os.Stat(pool[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "a/b", "c"} {
		file, err := os.Stat(filepath.Join(repository{r, name}.path("blobs"), strings.ReplaceAll(blob, ":", "/")))
		if err != nil || !os.SameFile(info, file) {
			t.Errorf("the blob of %s is another file: %v", name, err)
		}
		if got := ask(t, r, 200, "GET", "/v2/"+name+"/blobs/"+blob, "").Body.String(); got != "content" {
			t.Errorf("%s has %q", name, got)
		}
	}
	for _, name := range []string{"a", "a/b", "c"} {
		if left := files(t, r.pool()); len(left) != 1 {
			t.Errorf("before %s has deleted it the pool has %v", name, left)
		}
		ask(t, r, 202, "DELETE", "/v2/"+name+"/blobs/"+blob, "")
		ask(t, r, 404, "DELETE", "/v2/"+name+"/blobs/"+blob, "")
		ask(t, r, 404, "GET", "/v2/"+name+"/blobs/"+blob, "")
	}
	if left := files(t, r.dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestAnUploadGoesOnInARegistryThatWasStartedAgain(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir)
	at := ask(t, r, 202, "POST", "/v2/a/blobs/uploads/", "").Header().Get("Location")
	ask(t, r, 202, "PATCH", at, "first ", "Content-Range", "0-5")
	r = open(t, dir)
	if got := ask(t, r, 204, "GET", at, "").Header().Get("Range"); got != "0-5" {
		t.Errorf("got range %s, want 0-5", got)
	}
	ask(t, r, 416, "PATCH", at, "first ", "Content-Range", "0-5")
	ask(t, r, 416, "PATCH", at, "third ", "Content-Range", "7-12")
	whole := digestOf([]byte("first second"))
	ask(t, r, 201, "PUT", at+"?digest="+whole, "second", "Content-Range", "6-11")
	if got := ask(t, r, 206, "GET", "/v2/a/blobs/"+whole, "", "Range", "bytes=6-").Body.String(); got != "second" {
		t.Errorf("got %q", got)
	}
	ask(t, r, 404, "GET", at, "")

	at = ask(t, r, 202, "POST", "/v2/a/blobs/uploads/", "").Header().Get("Location")
	ask(t, r, 400, "PUT", at+"?digest="+whole, "another")
	ask(t, r, 404, "GET", at, "")
	ask(t, r, 400, "POST", "/v2/a/blobs/uploads/?digest="+whole, "another")
	if left := files(t, repository{r, "a"}.path("uploads")); len(left) != 0 {
		t.Errorf("what nobody can go on with is left: %v", left)
	}
}

func TestTwoDoNotWriteToOneUpload(t *testing.T) {
	r := open(t, t.TempDir())
	at := ask(t, r, 202, "POST", "/v2/a/blobs/uploads/", "").Header().Get("Location")
	body, slow := io.Pipe()
	done := make(chan *httptest.ResponseRecorder)
	go func() {
		answer := httptest.NewRecorder()
		r.ServeHTTP(answer, httptest.NewRequest("PATCH", at, body))
		done <- answer
	}()
	if _, err := slow.Write([]byte("be")); err != nil { // it is reading, so it holds the upload
		t.Fatal(err)
	}
	ask(t, r, 409, "PATCH", at, "two")
	slow.Close()
	if got := <-done; got.Code != 202 || got.Header().Get("Range") != "0-1" {
		t.Errorf("got %d %s", got.Code, got.Header().Get("Range"))
	}
}

// The registry was killed after an upload had become a blob: to add to it would change
// the blob.
func TestNobodyAddsToABlob(t *testing.T) {
	r := open(t, t.TempDir())
	at := ask(t, r, 202, "POST", "/v2/a/blobs/uploads/", "").Header().Get("Location")
	ask(t, r, 202, "PATCH", at, "content")
	blob := push(t, r, "b", "other")
	taken := filepath.Join(r.pool(), strings.ReplaceAll(blob, ":", "/"))
	upload := filepath.Join(repository{r, "a"}.path("uploads"), filepath.Base(at))
	if err := errors.Join(os.Remove(upload), os.Link(taken, upload)); err != nil {
		t.Fatal(err)
	}
	ask(t, r, 404, "PATCH", at, " and more")
	if got := ask(t, r, 200, "GET", "/v2/b/blobs/"+blob, "").Body.String(); got != "other" {
		t.Errorf("the blob is now %q", got)
	}
}

func TestOpenRemovesWhatNobodyGoesOnWith(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir)
	push(t, r, "a", "kept")
	ask(t, r, 202, "POST", "/v2/a/blobs/uploads/", "")
	recent := files(t, repository{r, "a"}.path("uploads"))[0]
	ask(t, r, 202, "POST", "/v2/a/blobs/uploads/", "")
	for _, path := range files(t, repository{r, "a"}.path("uploads")) {
		if path != recent {
			if err := os.Chtimes(path, time.Time{}, time.Now().Add(-abandoned-time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Killed between the name in the pool and the repository's.
	if err := os.WriteFile(filepath.Join(r.pool(), "sha256", strings.Repeat("0", 64)), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	r = open(t, dir)
	if left := files(t, r.pool()); len(left) != 1 {
		t.Errorf("the pool has %v", left)
	}
	if left := files(t, repository{r, "a"}.path("uploads")); len(left) != 1 || left[0] != recent {
		t.Errorf("uploads: %v, want %s", left, recent)
	}
}

func TestNoNameLeadsOutOfTheFolder(t *testing.T) {
	r := open(t, t.TempDir())
	digest := push(t, r, "a", "content")
	for path, want := range map[string]int{
		"/v2/a/../b/blobs/" + digest: 400, "/v2/../manifests/1": 400, "/v2//manifests/1": 404, "/v2/A/manifests/1": 400,
		"/v2/a@b/manifests/1": 400, "/v2/a/manifests/..": 404, "/v2/a/manifests/.partial-1": 404, "/v2/a/manifests/sha256:..": 400,
		"/v2/a/blobs/sha256:../../x": 404, "/v2/a/blobs/md5:00": 400, "/v2/a/blobs/" + strings.ToUpper(digest): 400,
		"/v2/a/blobs/uploads/..": 404, "/v2/a/blobs/" + digest + "00": 400, "/v2/" + strings.Repeat("a", 256) + "/tags/list": 400,
		"/v3/": 404,
	} {
		answer := httptest.NewRecorder()
		request := httptest.NewRequest("GET", "/", nil)
		request.URL.Path = path // as it is: a server cleans nothing
		if r.ServeHTTP(answer, request); answer.Code != want {
			t.Errorf("%s: got %d %s, want %d", path, answer.Code, answer.Body, want)
		}
	}
}

func TestAManifestIsTakenWithItsPartsOnly(t *testing.T) {
	r := open(t, t.TempDir())
	here, missing := push(t, r, "a", "here"), digestOf([]byte("missing"))
	manifest := func(format string, parts ...any) string {
		return `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",` + fmt.Sprintf(format, parts...) + `}`
	}
	good := manifest(`"config":{"digest":%q},"layers":[{"digest":%q}]`, here, here)
	for _, test := range []struct {
		reference, text, kind, code string
		status                      int
	}{
		{"1", manifest(`"config":{"digest":%q},"layers":[{"digest":%q}]`, here, missing), "", "MANIFEST_BLOB_UNKNOWN", 400},
		{"1", manifest(`"config":{"digest":%q}`, missing), "", "MANIFEST_BLOB_UNKNOWN", 400},
		{"1", manifest(`"manifests":[{"digest":%q}]`, missing), "", "MANIFEST_BLOB_UNKNOWN", 400},
		{"1", good, "application/vnd.oci.image.index.v1+json", "MANIFEST_INVALID", 400},
		{"1", "nothing", "", "MANIFEST_INVALID", 400},
		{"1", `{"schemaVersion":1}`, "", "MANIFEST_INVALID", 400},
		{"1", `{"schemaVersion":2,"mediaType":"text/html"}`, "", "MANIFEST_INVALID", 400},
		{"-1", good, "", "TAG_INVALID", 400},
		{missing, good, "", "DIGEST_INVALID", 400},
		{"1", good + strings.Repeat(" ", maxManifest), "", "SIZE_INVALID", 413},
	} {
		answer := ask(t, r, test.status, "PUT", "/v2/a/manifests/"+test.reference, test.text, "Content-Type", test.kind)
		if !strings.Contains(answer.Body.String(), test.code) {
			t.Errorf("got %s, want %s", answer.Body, test.code)
		}
	}
	ask(t, r, 404, "GET", "/v2/a/tags/list", "")
	ask(t, r, 201, "PUT", "/v2/a/manifests/1", good)
	ask(t, r, 201, "PUT", "/v2/a/manifests/2", good)
	ask(t, r, 202, "DELETE", "/v2/a/manifests/2", "")
	ask(t, r, 404, "GET", "/v2/a/manifests/2", "")
	got := ask(t, r, 200, "GET", "/v2/a/manifests/1", "")
	if got.Body.String() != good || got.Header().Get("Content-Type") != "application/vnd.oci.image.manifest.v1+json" {
		t.Errorf("got %s %s", got.Header(), got.Body)
	}
	ask(t, r, 202, "DELETE", "/v2/a/manifests/"+digestOf([]byte(good)), "")
	ask(t, r, 404, "GET", "/v2/a/manifests/1", "")
}

func TestListsComeInPages(t *testing.T) {
	r := open(t, t.TempDir())
	text := `{"schemaVersion":2,"config":{"digest":"` + push(t, r, "a", "") + `"}}`
	var want []string
	for i := range 5 {
		want = append(want, fmt.Sprint("tag-", i))
		ask(t, r, 201, "PUT", "/v2/a/manifests/"+want[i], text)
	}
	var got []string
	path := "/v2/a/tags/list?n=2"
	for path != "" {
		answer := ask(t, r, 200, "GET", path, "")
		var page struct{ Tags []string }
		if err := json.Unmarshal(answer.Body.Bytes(), &page); err != nil || len(page.Tags) > 2 {
			t.Fatalf("%s: %v", answer.Body, err)
		}
		got = append(got, page.Tags...)
		path, _, _ = strings.Cut(strings.TrimPrefix(answer.Header().Get("Link"), "<"), ">")
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	ask(t, r, 400, "GET", "/v2/a/tags/list?n=many", "")
	if got := ask(t, r, 200, "GET", "/v2/_catalog", "").Body.String(); got != `{"repositories":["a"]}` {
		t.Errorf("got %s", got)
	}
}

// endless is a body that breaks off.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, "x"), errors.New("the connection broke") }

func TestABodyThatBreaksOffIsNotTaken(t *testing.T) {
	r := open(t, t.TempDir())
	digest := digestOf([]byte("x"))
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, httptest.NewRequest("POST", "/v2/a/blobs/uploads/?digest="+digest, endless{}))
	if answer.Code < http.StatusBadRequest {
		t.Errorf("got %d", answer.Code)
	}
	if left := files(t, r.dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestAnOlderFolderIsNamed(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "manifests"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), dir+" was written by an older mini-docker") {
		t.Errorf("got %v", err)
	}
}

// A blob goes through the registry without lying in its memory.
func TestABlobIsNeverInMemory(t *testing.T) {
	r := open(t, t.TempDir())
	const size = 64 << 20
	at := ask(t, r, 202, "POST", "/v2/a/blobs/uploads/", "").Header().Get("Location")
	request, answer := httptest.NewRequest("PATCH", at, io.LimitReader(zeros{}, size)), httptest.NewRecorder()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r.ServeHTTP(answer, request)
	runtime.ReadMemStats(&after)
	if got := answer.Header().Get("Range"); got != fmt.Sprintf("0-%d", size-1) {
		t.Errorf("range %s came in", got)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1<<20 {
		t.Errorf("a blob of %d bytes took %d bytes of memory", size, allocated)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
