package story

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
)

// tools lists the programs that a person runs.
func tools(t *testing.T) []string {
	t.Helper()
	dirs, err := os.ReadDir(filepath.Join(judge.Repository(t), "tools"))
	must(t, err)
	var names []string
	for _, d := range dirs {
		if d.IsDir() && d.Name() != "stage2" {
			names = append(names, d.Name())
		}
	}
	if len(names) < 15 {
		t.Fatalf("only %q", names)
	}
	return names
}

// targets are what the Makefile has rules for.
func targets(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, name := range []string{"Makefile", "tests.mk"} {
		text, err := os.ReadFile(filepath.Join(judge.Repository(t), name))
		must(t, err)
		for _, m := range regexp.MustCompile(`(?m)^([a-z][a-z -]*):(?:[^=]|$)`).FindAllStringSubmatch(string(text), -1) {
			for _, target := range strings.Fields(m[1]) {
				found[target] = true
			}
		}
	}
	return found
}

// Every program, and every command of one, explains itself with --help; what
// its examples show exists.
func TestHelp(t *testing.T) {
	s := open(t)
	rules := targets(t)
	for _, name := range tools(t) {
		s.explains(rules, name)
	}
	s.absent("build/packages.lock", "build/isotree", "build/shots", "build/backup", "releases")
}

// explains holds the help of a command, and of those below it, to the facts.
func (s *session) explains(rules map[string]bool, argv ...string) {
	s.t.Helper()
	code, help, stderr := s.ends(argv[0], append(argv[1:], "--help")...)
	if code != 0 || stderr != "" {
		s.t.Errorf("%q --help: exit code %d, %s", argv, code, stderr)
	}
	about, rest, _ := strings.Cut(help, "\n\nUsage:\n")
	if len(strings.Fields(about)) < 3 || rest == "" {
		s.t.Errorf("%q --help does not say what it is for:\n%s", argv, help)
	}
	examples := section(rest, "Examples:")
	if len(examples) == 0 {
		s.t.Errorf("%q --help has no example", argv)
	}
	for _, line := range examples {
		s.exists(rules, argv[0], strings.Fields(line))
	}
	for _, flag := range regexp.MustCompile(`--[a-z][a-z-]+`).FindAllString(about, -1) {
		if !strings.Contains(rest, "      "+flag) && !strings.Contains(rest, ", "+flag) {
			s.t.Errorf("%q --help speaks of %s, which it does not take", argv, flag)
		}
	}
	for _, line := range section(rest, "Available Commands:") {
		if sub := strings.Fields(line)[0]; sub != "completion" && sub != "help" {
			s.explains(rules, append(slices.Clone(argv), sub)...)
		}
	}
}

// exists says that an example can be run: the target is in the Makefile, the
// program, its command and its flags are known.
func (s *session) exists(rules map[string]bool, program string, words []string) {
	s.t.Helper()
	if words[0] == "make" {
		if len(words) > 1 && !rules[words[1]] {
			s.t.Errorf("%s --help: there is no target for %q", program, words)
		}
		return
	}
	name, ours := strings.CutPrefix(words[0], "build/bin/")
	if !ours {
		s.t.Errorf("%s --help: %q is neither make nor a program of ours", program, words)
		return
	}
	args := slices.Clone(words[1:])
	if i := slices.Index(args, ">"); i >= 0 {
		args = args[:i]
	}
	code, help, stderr := s.ends(name, append(args, "--help")...)
	if code != 0 {
		s.t.Errorf("%s --help: %q is not understood: %s", program, words, stderr)
	}
	_, usage, _ := strings.Cut(help, "Usage:\n")
	usage, _, _ = strings.Cut(usage, "\n")
	if len(args) > 0 && regexp.MustCompile(`^[a-z]+$`).MatchString(args[0]) && !strings.Contains(usage, name+" "+args[0]) && !strings.Contains(usage, "[") {
		s.t.Errorf("%s --help: %q: there is no command %s, only %s", program, words, args[0], usage)
	}
}

// section gives the lines below a heading of cobra's help.
func section(help, heading string) (lines []string) {
	_, part, found := strings.Cut("\n"+help, "\n"+heading+"\n")
	if !found {
		return nil
	}
	part, _, _ = strings.Cut(part, "\n\n")
	for line := range strings.Lines(part) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// The menu lists what make has rules for, and every step that it has.
func TestMenuIsTrue(t *testing.T) {
	s := open(t)
	rules := targets(t)
	var menu []struct{ Name, Does string }
	must(t, json.Unmarshal([]byte(s.does("menu", "--json")), &menu))
	listed := map[string]bool{}
	for _, m := range menu {
		listed[m.Name] = true
		if !rules[m.Name] || m.Does == "" {
			t.Errorf("make %s (%q): there is no such target", m.Name, m.Does)
		}
	}
	for _, want := range strings.Fields("version spec installer revisor import kick readme backup iso clean store comps key verify boot") {
		if !listed[want] {
			t.Errorf("make %s is not in the menu", want)
		}
	}
}

// With --json, what a program says on stdout is JSON, whatever it does.
func TestJSON(t *testing.T) {
	s := open(t)
	mirror := t.TempDir()
	s.env = append(s.env, "MIRROR_DIR="+mirror)
	s.does("key", "--out", "isotree/keys/own.asc")
	s.edit("version.toml", "demo-signing-key.asc\"\ndemo = true", "own.asc\"")
	s.build("kick", "import")
	for _, argv := range []string{
		"version", "spec", "comps", "comps web", "menu", "revisor why web", "revisor tree web web-pager", "key --out another.asc",
		"installer", "readme", "splash", "isotree menus", "iso", "backup", "store --dry-run", "store",
	} {
		words := strings.Fields(argv)
		out := s.does(words[0], append(words[1:], "--json")...)
		quiet := words[0] == "readme" || words[0] == "splash" || argv == "isotree menus"
		if out == "" && quiet {
			continue
		}
		if !json.Valid([]byte(out)) || regexp.MustCompile(`^\s*(\{\}|\[\]|null)\s*$`).MatchString(out) || strings.Contains(out, "{}") {
			t.Errorf("%s --json says:\n%s", argv, out)
		}
	}
	isos, err := filepath.Glob(s.path("releases", "*", "*.iso"))
	must(t, err)
	if out := s.does("isotree", "verify", "--json", isos[0]); !json.Valid([]byte(out)) || !strings.Contains(out, `"label"`) {
		t.Errorf("isotree verify --json says:\n%s", out)
	}
}
