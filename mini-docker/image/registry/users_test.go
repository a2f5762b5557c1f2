package registry

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOnlyUsersWithTheirPasswordsAreLetIn(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("s3cret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	// htpasswd writes another letter for the same thing.
	written := strings.Replace(string(hash), "$2a$", "$2y$", 1)
	users, err := ReadUsers(write(t, "# who may\n\nana:"+written+"\nbo:plain:with:colons\n"))
	if err != nil {
		t.Fatal(err)
	}
	served, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	served.Users = users
	for _, test := range []struct {
		user, password string
		want           int
	}{
		{"", "", 401}, {"ana", "", 401}, {"ana", "wrong", 401}, {"ana", written, 401}, {"nobody", "s3cret", 401},
		{"ana", "s3cret", 200}, {"ana", "s3cret", 200}, {"ana", "wrong", 401}, {"bo", "plain:with:colons", 200}, {"bo", "s3cret", 401},
	} {
		request := httptest.NewRequest(http.MethodGet, "/v2/", nil)
		if test.user != "" {
			request.SetBasicAuth(test.user, test.password)
		}
		answer := httptest.NewRecorder()
		served.ServeHTTP(answer, request)
		if answer.Code != test.want {
			t.Errorf("%s:%s: got %d, want %d", test.user, test.password, answer.Code, test.want)
		}
		if challenge := answer.Header().Get("WWW-Authenticate"); (answer.Code == 401) != strings.HasPrefix(challenge, "Basic realm=") {
			t.Errorf("%s:%s: the challenge is %q", test.user, test.password, challenge)
		}
	}
}

func TestAFileOfUsersSaysWhatIsWrongWithIt(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "holds no users",
		"ana\n":                  "line 1 of ",
		"bo:x\n:x\n":             "line 2 of ",
		"ana:$apr1$abc$def\n":    "guessed fast",
		"ana:{SHA}W6ph5Mm5Pz8=$": "guessed fast",
	} {
		if _, err := ReadUsers(write(t, text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	if _, err := ReadUsers("/no/such/file"); err == nil {
		t.Error("a file that is not there was read")
	}
}

// How long a refusal takes must not tell who is a user.
func TestNobodyIsRefusedAsSlowlyAsAUser(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("s3cret"), 10)
	if err != nil {
		t.Fatal(err)
	}
	users, err := ReadUsers(write(t, "ana:"+string(hash)+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	fastest := func(name, password string) time.Duration {
		var took []time.Duration
		for range 3 {
			began := time.Now()
			if users.knows(name, password) {
				t.Errorf("%s:%s is let in", name, password)
			}
			took = append(took, time.Since(began))
		}
		return slices.Min(took)
	}
	user, nobody := fastest("ana", "wrong"), fastest("nobody", "wrong")
	fastest("nobody", "s3cret") // the password of whom it is compared with
	if nobody < user/10 {
		t.Errorf("a user is refused in %v, nobody in %v", user, nobody)
	}
}
