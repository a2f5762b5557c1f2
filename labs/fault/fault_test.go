package fault

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func words(t *testing.T, line string) Words {
	t.Helper()
	var w Words
	if err := yaml.Unmarshal([]byte("'"+line+"'"), &w); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWords(t *testing.T) {
	for _, test := range []struct {
		line, said string
		want       bool
	}{
		{"stopped", "The courier is STOPPED!", true},
		{"stopped", "It isn't stopped", false},
		{"stopped", "it is not really stopped", false},
		{"stopped", "not dead: it is stopped", true}, // the denial is another's
		{"stop", "stopped by a signal", true},
		{"NOT … wait", "it never waits", true},
		{"NOT … wait", "it does not call wait", true},
		{"NOT … wait", "doesn’t ever wait", true},
		{"NOT … wait", "it waits, and is not stopped", false},
		{"NOT … wait", "not one two three four five wait", false},
		{"forget … wait", "forgets to wait", true},
		{"read only", "mounted read-only", true},
		{"ro", "remounted ro", true},
		{"ro", "a rock", false},
		{"one|two three", "two three", true},
		{"two three", "three two", false},
		{"stop", "not dead, stopped", true},
		{"stop", "It is not asleep but stopped.", true},
		{"courier", "not baker, courier is stopped", true},
		{"courier t", "courier: T", true},
		{"NOT … wait", "nobody waits for its children", true},
		{"stop", "it is not, as I said, stopped", true}, // where a clause ends, we cannot follow
		{"srv is ro", "/srv/inbox is ro", false},
		{"net ipv4", "net.ipv4.ip_forward", true},
	} {
		if got := words(t, test.line).in(tokens(test.said)); got != test.want {
			t.Errorf("%q in %q: got %v", test.line, test.said, got)
		}
	}
}

// lab is two faults.
func lab(t *testing.T) []Fault {
	t.Helper()
	files := map[string]string{}
	for name, parts := range map[string]string{"waits": "NOT … wait", "stops": "stopped"} {
		for file, text := range map[string]string{
			"fault.yaml": "found: Z\ncause: c\nchoice: c\nparts:\n- {what: which program, words: baker}\n" +
				"- {what: what it does, words: " + parts + "}\nnear:\n- {words: zombie, try: zombies, say: 'They are the effect.'}\nanswers: [a]\nhints: [h]\n",
			"setup.sh": "true\n", "check.txtar": "# It is\n", "solution.sh": "true\n", "wrong/kill.sh": "# want: gone\nkill\n",
		} {
			files[name+"/"+file] = text
		}
	}
	all, err := Parse(files)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestJudge(t *testing.T) {
	all := lab(t)
	f := all[slices.IndexFunc(all, func(f Fault) bool { return f.Name == "waits" })]
	for answer, want := range map[string]string{
		"baker never waits for its children":     "",
		"nothing":                                "not the cause",
		"":                                       "a few words",
		"the baker":                              "What is missing: what it does",
		"it never waits":                         "What is missing: which program",
		"there are zombies":                      "They are the effect.",
		"baker never waits or it is stopped":     "more than one cause",
		strings.Repeat("baker never waits ", 30): "one or two sentences",
	} {
		v := f.Judge(answer, all)
		if v.Right != (want == "") || !strings.Contains(v.Say, want) {
			t.Errorf("%q: got %+v, want %q", answer, v, want)
		}
	}
}

func TestWhoLacksTheProofAloneHasTheCause(t *testing.T) {
	f := Fault{
		Parts: []Part{
			{What: "which program", Words: words(t, "baker")},
			{What: "where one sees it", Words: words(t, "status"), Proof: true},
		},
		Near: []Near{{Words: words(t, "baker|cake"), Say: "Not the cake."}},
	}
	for answer, want := range map[string]string{
		"the baker":              "So it is. How do you know? What is missing: where one sees it.",
		"the cake":               "Not the cake.",
		"status":                 "That is part of it. What is missing: which program.",
		"the baker, see status":  "",
		"baker is not in status": "",
		"nobody, as status says": "That is part of it. What is missing: which program.",
	} {
		if v := f.Judge(answer, []Fault{f}); v.Right != (want == "") || v.Say != want {
			t.Errorf("%q: got %+v, want %q", answer, v, want)
		}
	}
}

func TestParseSaysWhatIsAmiss(t *testing.T) {
	whole := map[string]string{
		"a/setup.sh": "true", "a/check.txtar": "# It is", "a/solution.sh": "true", "a/wrong/x.sh": "# want: y\n",
		"a/fault.yaml": "found: Z\ncause: c\nchoice: c\nparts: [{what: a, words: b}]\nanswers: [a]\nhints: [h]\n",
	}
	if _, err := Parse(whole); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ file, text, want string }{
		{"a/setup.sh", "", "what makes the fault"},
		{"a/check.txtar", "", "what proves the repair"},
		{"a/wrong/x.sh", "kill\n", "# want: TEXT"},
		{"a/fault.yaml", "cause: c\n", "found"},
		{"a/fault.yaml", "casue: c\n", "casue"},
		{"a/set-up.sh", "true", "want fault.yaml"},
		{"stray", "true", "want fault/NAME/FILE"},
	} {
		broken := maps.Clone(whole)
		broken[test.file] = test.text
		if _, err := Parse(broken); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s = %q: got %v, want %q in it", test.file, test.text, err, test.want)
		}
	}
}

func TestASeedPicksOneAndSeedsPickAll(t *testing.T) {
	all := lab(t)
	seen := map[string]bool{}
	for seed := range uint64(30) {
		f := Pick(all, "l/x", seed)
		if Pick(all, "l/x", seed).Name != f.Name {
			t.Fatalf("seed %d picks two", seed)
		}
		seen[f.Name] = true
	}
	if len(seen) != len(all) {
		t.Errorf("30 seeds picked %v", seen)
	}
}

func TestChoicesHoldEveryCauseOnce(t *testing.T) {
	all := []Fault{{Choice: "a"}, {Choice: "b"}}
	got := Choices(all, []string{"c"}, 5)
	if !slices.Equal(got, Choices(all, []string{"c"}, 5)) {
		t.Error("a seed gives two orders")
	}
	if slices.Sort(got); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("got %v", got)
	}
}

func TestAWrongSuspectIsSaidToBeOne(t *testing.T) {
	part := func(what, words string) Part { return Part{What: what, Words: Words{{words}}} }
	baker := Fault{Name: "a", Parts: []Part{part("which program it is", "baker"), part("what it leaves out", "wait")}}
	courier := Fault{
		Name: "b", Parts: []Part{part("which program it is", "courier"), part("what happened", "stopped")},
		Near: []Near{{Words: Words{{"wait"}}, Say: "near"}},
	}
	all := []Fault{baker, courier}
	for answer, want := range map[string]string{
		"baker does not wait":          "Not that one",
		"it does not reap, wait":       "near",
		"courier forgets to wait":      "near",
		"not baker, courier hangs":     "That is part of it",
		"the kernel is broken somehow": "That is not the cause",
	} {
		if got := courier.Judge(answer, all).Say; !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", answer, got, want)
		}
	}
}

func TestTheCauseOfAnotherFaultIsNoPartOfThisOne(t *testing.T) {
	part := func(what, words string) Part { return Part{What: what, Words: Words{{words}}} }
	locked := Fault{Name: "a", Parts: []Part{part("what it does not allow", "locked"), part("what of it", "room")}}
	covered := Fault{Name: "b", Parts: []Part{part("what hides it", "covered"), part("what of it", "room")}}
	one := Fault{Name: "c", Parts: []Part{part("which program it is", "baker"), part("what it does", "hangs")}}
	other := Fault{Name: "d", Parts: []Part{part("which program it is", "baker"), part("what it does", "sings")}}
	for _, test := range []struct {
		f            Fault
		all          []Fault
		answer, want string
	}{
		{locked, []Fault{locked, covered}, "the room is covered", "That would be another fault"},
		{locked, []Fault{locked, covered}, "the room is not nice", "That is part of it. What is missing: what it does not allow"},
		{one, []Fault{one, other}, "baker sings", "That is part of it. What is missing: what it does."}, // it is the baker
	} {
		if got := test.f.Judge(test.answer, test.all).Say; !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.answer, got, test.want)
		}
	}
}
