package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/rootfs"
)

// scripted runs nothing: it notes what it is asked for, and fails where it is told.
type scripted struct {
	ran   []string
	fails string // a word of the command lines that fail
	says  string
}

func (s *scripted) Run(_ context.Context, c rootfs.Command) error {
	line := strings.Join(c.Argv, " ")
	s.ran = append(s.ran, line)
	fmt.Fprint(c.Output, s.says)
	if s.fails != "" && strings.Contains(line, s.fails) {
		return errors.New("exit status 1")
	}
	return nil
}

// bench is a root with little in it.
func bench(t *testing.T, programs ...string) string {
	t.Helper()
	judge.Root(t)
	root := t.TempDir()
	files := map[string]string{
		"etc/passwd": "root:x:0:0::/root:/bin/bash\nadmin:x:1000:1000::/home/admin:/bin/bash\n",
		"etc/group":  "root:x:0:\nsudo:x:27:\n", "etc/chrony/chrony.conf": "pool 2.debian.pool.ntp.org iburst\nmakestep 1 3\n",
	}
	for _, p := range programs {
		files["usr/sbin/"+p] = ""
	}
	for name, text := range files {
		name = filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// try applies actions; it gives what was run and warned of.
func try(t *testing.T, root string, s *scripted, actions ...Action) (ran, warnings []string, err error) {
	t.Helper()
	err = Apply(t.Context(), &Config{Steps: []Step{{Name: "test", Actions: actions}}}, Options{Root: root, Runner: s, Progress: func(e Event) {
		if e.Warning != "" {
			warnings = append(warnings, e.Warning)
		}
	}})
	return s.ran, warnings, err
}

func TestCommands(t *testing.T) {
	for name, c := range map[string]struct {
		action   Command
		fails    string
		ran      []string
		warning  string
		fault    string
		programs []string
	}{
		"runs":           {action: Command{Argv: []string{"a", "1"}}, ran: []string{"/usr/sbin/a 1"}},
		"fails":          {action: Command{Argv: []string{"a", "1"}}, fails: "a", ran: []string{"/usr/sbin/a 1"}, fault: "test: exit status 1\nits last words"},
		"is not there":   {action: Command{Argv: []string{"zz"}}, fault: "test: there is no program zz in the target"},
		"or else":        {action: Command{Argv: []string{"a"}, Or: []string{"b"}}, fails: "a", ran: []string{"/usr/sbin/a", "/usr/sbin/b"}, warning: "exit status 1\nits last words"},
		"need not work":  {action: Command{Argv: []string{"a"}, Else: "it is worse"}, fails: "a", ran: []string{"/usr/sbin/a"}, warning: "it is worse: exit status 1"},
		"need not exist": {action: Command{Argv: []string{"zz"}, Else: "it is worse"}, warning: "it is worse: there is no program zz"},
	} {
		t.Run(name, func(t *testing.T) {
			ran, warnings, err := try(t, bench(t, "a", "b"), &scripted{fails: c.fails, says: "its last words\n"}, c.action)
			if diff := cmp.Diff(c.ran, ran); diff != "" {
				t.Errorf("run (-want +got):\n%s", diff)
			}
			if !strings.HasPrefix(strings.Join(warnings, ""), c.warning) || (c.warning == "") != (len(warnings) == 0) {
				t.Errorf("warnings %q, want %q", warnings, c.warning)
			}
			if (err == nil) != (c.fault == "") || err != nil && err.Error() != c.fault {
				t.Errorf("error %v, want %q", err, c.fault)
			}
		})
	}
}

func TestApplyStopsAtAFault(t *testing.T) {
	root := bench(t, "a")
	_, _, err := try(t, root, &scripted{fails: "a"}, Command{Argv: []string{"a"}}, File{Path: "/etc/later", Mode: 0o644})
	if _, late := os.Lstat(filepath.Join(root, "etc/later")); err == nil || late == nil {
		t.Errorf("error %v; the file that comes later: %v", err, late)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Apply(ctx, &Config{Steps: []Step{{Name: "x", Actions: []Action{File{Path: "/etc/later"}}}}}, Options{Root: root, Runner: &scripted{}}); !errors.Is(err, context.Canceled) {
		t.Errorf("when called off: %v", err)
	}
	if err := Apply(t.Context(), &Config{}, Options{Root: "relative"}); err == nil || !strings.Contains(err.Error(), "not an absolute path") || !strings.Contains(err.Error(), "nothing to run") {
		t.Errorf("faults of the options: %v", err)
	}
}

func TestFiles(t *testing.T) {
	root := bench(t)
	outside := filepath.Join(t.TempDir(), "outside")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(outside, []byte("as it was"), 0o644))
	must(os.Symlink(outside, filepath.Join(root, "etc/localtime")))
	must(os.Symlink(filepath.Dir(outside), filepath.Join(root, "var")))
	_, _, err := try(t, root, &scripted{}, File{Path: "/etc/deep/er/file", Mode: 0o600, Data: "x"}, File{Path: "/etc/localtime", Mode: 0o644, Data: "a file, no link"},
		Link{"/etc/default/locale", "../locale.conf"}, Link{"/etc/default/locale", "../other"}, Edit{"/etc/chrony/chrony.conf", `pool .*`, "# $0"}, Edit{"/etc/none", "x", "y"},
		File{Path: "/etc/ssh/ssh_host_a_key", Mode: 0o600}, Removal{"/etc/ssh/ssh_host_*_key"})
	must(err)
	for name, want := range map[string]string{"etc/deep/er/file": "x", "etc/localtime": "a file, no link", "etc/chrony/chrony.conf": "# pool 2.debian.pool.ntp.org iburst\nmakestep 1 3\n"} {
		if got, err := os.ReadFile(filepath.Join(root, name)); err != nil || string(got) != want {
			t.Errorf("%s: %v %q", name, err, got)
		}
	}
	if to, err := os.Readlink(filepath.Join(root, "etc/default/locale")); err != nil || to != "../other" {
		t.Errorf("link to %q: %v", to, err)
	}
	if info, err := os.Stat(filepath.Join(root, "etc/deep/er/file")); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode: %v %v", info.Mode(), err)
	}
	// Neither a file nor a directory that is a link leads out of the root.
	if _, _, err := try(t, root, &scripted{}, File{Path: "/var/outside", Mode: 0o644, Data: "broken out"}); err == nil {
		t.Error("a directory that is a link led out of the root")
	}
	if got, err := os.ReadFile(outside); err != nil || string(got) != "as it was" {
		t.Errorf("outside: %v %q", err, got)
	}
	if left, _ := filepath.Glob(filepath.Join(root, "etc/*new*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAccountsThatAreThere(t *testing.T) {
	for name, c := range map[string]struct {
		action         Action
		ran            []string
		warning, fault string
	}{
		"group":                {action: Group{Name: "sudo"}},
		"group of a number":    {action: Group{Name: "sudo", GID: "28"}, fault: "with the number 27"},
		"new group":            {action: Group{Name: "new", GID: "28"}, ran: []string{"/usr/sbin/groupadd --gid 28 -- new"}},
		"account":              {action: Account{Name: "admin", Shell: "/bin/sh", Groups: []string{"sudo"}}, ran: []string{"/usr/sbin/usermod --shell /bin/sh --append --groups sudo -- admin"}, warning: "was there already"},
		"account of a number":  {action: Account{Name: "admin", UID: "5", Shell: "/bin/sh"}, fault: "with the number 1000"},
		"account that fails":   {action: Account{Name: "new", Shell: "/bin/sh"}, ran: []string{"/usr/sbin/useradd --create-home --shell /bin/sh -- new"}, fault: "made no account"},
		"key of nobody":        {action: Keys{"git", []string{"ssh-ed25519 A"}}, warning: "no account git"},
		"service of nobody":    {action: Service{"none", true}, warning: "no installed package brings the service none"},
		"service not disabled": {action: Service{"none", false}},
		"zone":                 {action: Zone{"Nowhere/Atall"}, warning: "no time zone Nowhere/Atall"},
		"zone UTC":             {action: Zone{"Etc/UTC"}},
	} {
		t.Run(name, func(t *testing.T) {
			ran, warnings, err := try(t, bench(t, "groupadd", "useradd", "usermod"), &scripted{}, c.action)
			if diff := cmp.Diff(c.ran, ran); diff != "" {
				t.Errorf("run (-want +got):\n%s", diff)
			}
			if got := strings.Join(warnings, ""); !strings.Contains(got, c.warning) || (c.warning == "") != (got == "") {
				t.Errorf("warnings %q, want %q", warnings, c.warning)
			}
			if c.fault == "" && err != nil || c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
				t.Errorf("error %v, want %q", err, c.fault)
			}
		})
	}
}

// A home that was kept may hold links that lead elsewhere.
func TestKeysFollowNoLinks(t *testing.T) {
	key := Keys{"admin", []string{"ssh-ed25519 A"}}
	for name, link := range map[string]string{"directory": "home/admin/.ssh", "file": "home/admin/.ssh/authorized_keys"} {
		t.Run(name, func(t *testing.T) {
			root := bench(t)
			path := filepath.Join(root, link)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.Symlink("../../etc", path)); err != nil {
				t.Fatal(err)
			}
			if _, _, err := try(t, root, &scripted{}, key); err == nil {
				t.Error("the key went where the link leads")
			}
		})
	}
	root := bench(t)
	for range 2 {
		if _, _, err := try(t, root, &scripted{}, key, Keys{"admin", []string{"ssh-ed25519 B"}}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(filepath.Join(root, "home/admin/.ssh/authorized_keys")); err != nil || string(got) != "ssh-ed25519 A\nssh-ed25519 B\n" {
		t.Errorf("%v %q", err, got)
	}
}

// meeting is a runner whose programs a and b wait for each other.
type meeting struct {
	mu     sync.Mutex
	ran    []string
	a, b   chan struct{}
	failsA bool
}

func (m *meeting) Run(ctx context.Context, c rootfs.Command) error {
	mine, other := m.a, m.b
	switch path.Base(c.Argv[0]) {
	case "b":
		mine, other = m.b, m.a
	case "c":
		mine, other = nil, nil
	}
	if mine != nil {
		close(mine)
		select {
		case <-other:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ran = append(m.ran, path.Base(c.Argv[0]))
	if m.failsA && mine == m.a {
		return errors.New("exit status 1")
	}
	return nil
}

// A step beside the others is done at the same time as they are, the last one
// after all; the failure of either is what Apply says.
func TestStepsBesideOthers(t *testing.T) {
	do := func(name string) []Action { return []Action{Command{Argv: []string{name}}} }
	steps := []Step{{Name: "one", Actions: do("a"), Beside: true}, {Name: "two", Actions: do("b")}, {Name: "three", Actions: do("c"), Last: true}}
	for _, fails := range []bool{false, true} {
		m := &meeting{a: make(chan struct{}), b: make(chan struct{}), failsA: fails}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		err := Apply(ctx, &Config{Steps: steps}, Options{Root: bench(t, "a", "b", "c"), Runner: m, Log: io.Discard})
		if fails {
			if err == nil || err.Error() != "one: exit status 1" || slices.Contains(m.ran, "c") {
				t.Errorf("%v; ran %v", err, m.ran)
			}
			continue
		}
		if err != nil || len(m.ran) != 3 || m.ran[2] != "c" {
			t.Errorf("%v; ran %v", err, m.ran)
		}
	}
}
