package target

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// The versions that the table is held against.
var versions = []string{"RHEL8", "RHEL9", "RHEL10"}

// Every command, section and option of the language has a row, and every row is
// of the language.
func TestTableCoversTheLanguage(t *testing.T) {
	rows := make(map[string]bool)
	for _, r := range Support() {
		key := r.Command + " " + r.Option
		if rows[key] {
			t.Errorf("the table has %s twice", key)
		}
		rows[key] = true
		if !slices.Contains([]State{Executed, Accepted, Ignored, Refused}, r.State) {
			t.Errorf("%s: state %q", key, r.State)
		}
	}
	known := make(map[string]bool)
	for _, text := range versions {
		v, err := kickstart.ParseSyntax(text)
		if err != nil {
			t.Fatal(err)
		}
		want := func(c *language.Command, mark string) {
			if !c.In.HasOrEmpty(v) || c.Section != "" {
				return
			}
			names := []string{c.Name}
			if c.Name == "shutdown" {
				names = append(names, c.Aliases...)
			}
			for _, name := range names {
				known[mark+name+" "] = true
				for _, o := range c.Options {
					if o.In.HasOrEmpty(v) {
						known[mark+name+" "+o.Name] = true
					}
				}
			}
		}
		for _, c := range language.All().Commands {
			want(c, "")
		}
		for _, s := range language.All().Sections {
			want(s, "%")
		}
	}
	if len(known) < 300 {
		t.Fatalf("only %d commands and options of the language seen", len(known))
	}
	for key := range known {
		if !rows[key] {
			t.Errorf("the table has no row for %s", key)
		}
	}
	for key := range rows {
		if !known[key] {
			t.Errorf("the table has a row for %s, which %s don't have", key, strings.Join(versions, ", "))
		}
	}
}

// The table ends docs/kickstart.md.
func TestTableInTheDocumentation(t *testing.T) {
	const page = "../../docs/kickstart.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, _, found := strings.Cut(string(text), "| command |")
	if !found {
		t.Fatalf("%s holds no table", page)
	}
	b := bytes.NewBufferString(head)
	if err := WriteSupport(b); err != nil {
		t.Fatal(err)
	}
	golden(t, page, b.Bytes())
}

// golden compares with a file that a person has looked at; UPDATE=1 writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got), UPDATE=1 writes it:\n%s", name, diff)
	}
}

// read reads a kickstart for RHEL9 that must be free of faults.
func read(t testing.TB, text string) *language.Recipe {
	t.Helper()
	syntax := kickstart.Syntax{Family: "RHEL", Number: 9}
	f, err := kickstart.Parse("ks.cfg", []byte(text), syntax)
	if err != nil {
		t.Fatal(err)
	}
	r, findings := language.Read(syntax, f.All())
	for _, f := range findings {
		if f.Level == kickstart.Error {
			t.Fatal(f.String())
		}
	}
	return r
}
