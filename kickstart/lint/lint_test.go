package lint_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
	"cdbuilder/kickstart/lint"
)

// readText reads a test's kickstart by the version that its first line names,
// with the facts of a line such as "# facts: firmware=uefi disk=16384 cd".
func readText(t testing.TB, name string, src []byte) (*kickstart.File, *language.Recipe, lint.Facts, []kickstart.Finding) {
	t.Helper()
	syntax := kickstart.Syntax{}
	if m := regexp.MustCompile(`(?m)^#version=(\w+)`).FindSubmatch(src); m != nil {
		var err error
		if syntax, err = kickstart.ParseSyntax(string(m[1])); err != nil {
			t.Fatal(err)
		}
	}
	f, err := kickstart.Parse(name, src, syntax)
	r, found := language.Read(syntax, f.All())
	return f, r, facts(t, src), append(kickstart.Findings(err), found...)
}

func facts(t testing.TB, src []byte) (f lint.Facts) {
	t.Helper()
	m := regexp.MustCompile(`(?m)^# facts: (.*?)\r?$`).FindSubmatch(src)
	if m == nil {
		return f
	}
	for _, word := range strings.Fields(string(m[1])) {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "firmware":
			f.Firmware = strings.Split(value, ",")
		case "disk":
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			f.Disks = append(f.Disks, lint.Disk{Size: n})
		case "medium":
			f.Medium = true
		case "cd":
			f.CD = true
		case "family":
			f.Family = value
		default:
			t.Fatalf("unknown fact %q", word)
		}
	}
	return f
}

// check gives what is left to say of a kickstart, its comments heeded.
func check(t testing.TB, name string, src []byte) []kickstart.Finding {
	t.Helper()
	f, r, facts, _ := readText(t, name, src)
	return lint.Silence(lint.Check(r, facts), []*kickstart.File{f}, nil, nil)
}

func of(findings []kickstart.Finding, rule string) (list []kickstart.Finding) {
	for _, f := range findings {
		if f.Rule == rule {
			list = append(list, f)
		}
	}
	return list
}

// TestPlanted wants for every rule a kickstart with its fault, where it is
// found, and a twin without, where it isn't.
func TestPlanted(t *testing.T) {
	for _, rule := range lint.Rules() {
		t.Run(rule.ID, func(t *testing.T) {
			bad, err := os.ReadFile(filepath.Join("testdata", rule.ID, "bad.ks"))
			if err != nil {
				t.Fatal(err)
			}
			good, err := os.ReadFile(filepath.Join("testdata", rule.ID, "good.ks"))
			if err != nil {
				t.Fatal(err)
			}
			found := of(check(t, "bad.ks", bad), rule.ID)
			if len(found) == 0 {
				t.Fatalf("not found in bad.ks; what is: %v", check(t, "bad.ks", bad))
			}
			for _, f := range found {
				if f.Line < 1 || f.Text == "" || strings.HasSuffix(f.Text, ".") {
					t.Errorf("a finding that nobody can read: %+v", f)
				}
				t.Log(f.String())
			}
			if found := of(check(t, "good.ks", good), rule.ID); len(found) > 0 {
				t.Errorf("found in good.ks too: %v", found)
			}
			_, _, _, faults := readText(t, "good.ks", good)
			for _, f := range faults {
				if f.Level == kickstart.Error {
					t.Errorf("good.ks is no kickstart of its version: %v", f.String())
				}
			}
			mend(t, rule, bad)
		})
	}
}

// mend applies a rule's fix: it must be gone then, nothing new be there, and a
// second time change nothing.
func mend(t *testing.T, rule lint.Rule, bad []byte) {
	t.Helper()
	before := check(t, "bad.ks", bad)
	found := of(before, rule.ID)
	fixed, n := lint.Apply(bad, found)
	if rule.Fixable != (n > 0) {
		t.Fatalf("fixable: %v, and %d fixes were applied", rule.Fixable, n)
	}
	if n == 0 {
		return
	}
	after := check(t, "bad.ks", fixed)
	if left := of(after, rule.ID); len(left) > 0 {
		t.Errorf("still there after the fix: %v\n%s", left, fixed)
	}
	for _, f := range after {
		if f.Level == kickstart.Error && len(of(before, f.Rule)) == 0 {
			t.Errorf("the fix made an error: %v", f.String())
		}
	}
	if again, n := lint.Apply(fixed, of(after, rule.ID)); n != 0 || string(again) != string(fixed) {
		t.Errorf("the second time %d more are applied", n)
	}
	_, _, _, faults := readText(t, "bad.ks", fixed)
	for _, f := range faults {
		if f.Level == kickstart.Error {
			t.Errorf("after the fix it is no kickstart of its version: %v\n%s", f.String(), fixed)
		}
	}
}

// TestRules holds the list of rules to its form, and the folder to the list.
func TestRules(t *testing.T) {
	var ids []string
	for _, r := range lint.Rules() {
		if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(r.ID) || r.Reason == "" || strings.HasSuffix(r.Reason, ".") || strings.Contains(r.Reason, "\n") {
			t.Errorf("%+v", r)
		}
		if slices.Contains(ids, r.ID) {
			t.Errorf("%s is there twice", r.ID)
		}
		ids = append(ids, r.ID)
	}
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && e.Name() != "fuzz" && e.Name() != "story" && !slices.Contains(ids, e.Name()) {
			t.Errorf("testdata/%s is for no rule", e.Name())
		}
	}
	t.Logf("%d rules", len(ids))
}

func ruleIDs() (ids []string) {
	for _, r := range lint.Rules() {
		ids = append(ids, r.ID)
	}
	return ids
}
