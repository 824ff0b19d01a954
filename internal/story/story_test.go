package story

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/testrepo"

	"github.com/rogpeppe/go-internal/testscript"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// the steps of make iso, in their order.
var steps = []string{"kick", "revisor", "import", "installer", "readme", "splash", "isotree menus", "iso"}

// TestStories runs every script.
func TestStories(t *testing.T) {
	bin := programs(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
			env.Values["state"] = &state{}
			env.Defer(env.Values["state"].(*state).end)
			return nil
		},
		// A real program that judges is missed silently nowhere but on a machine
		// where nobody asked for all judges.
		Condition: func(cond string) (bool, error) {
			name, ok := strings.CutPrefix(cond, "judge:")
			if !ok {
				return false, fmt.Errorf("unknown condition %q", cond)
			}
			_, err := exec.LookPath(name)
			if err != nil && judge.Full() {
				return false, fmt.Errorf("the program %s is not installed; make setup installs every judge", name)
			}
			return err == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"product": product, "archive": archive, "mirror": mirror, "build": build,
			"exits": exits, "unsaid": unsaid, "listing": listing, "substitute": substitute,
		},
	})
}

// state is what a script has begun.
type state struct {
	mirror *testrepo.Mirror
	said   bytes.Buffer
}

func (s *state) end() {
	if s.mirror != nil {
		s.mirror.Close()
	}
}

func of(ts *testscript.TestScript) *state { return ts.Value("state").(*state) }

func need(ts *testscript.TestScript, ok bool, usage string) {
	if !ok {
		ts.Fatalf("usage: %s", usage)
	}
}

func product(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) <= 1, "product [DIR]")
	ts.Check(layProduct(ts.MkAbs(strings.Join(args, ""))))
	// The packages of the product's own archive are there to be served.
	data, err := os.ReadFile("testdata/product/packages")
	ts.Check(err)
	if name := ts.MkAbs("packages"); len(args) > 0 {
		if _, err := os.Lstat(name); err != nil {
			ts.Check(os.WriteFile(name, data, 0o644))
		}
	}
}

func archive(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) >= 2, "archive DIR FILE [WORD...]")
	ts.Check(layArchive(ts.MkAbs(args[0]), ts.ReadFile(args[1]), args[2:]...))
}

func mirror(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	need(ts, len(args) > 0 && (!neg || args[0] == "asked"), "mirror start DIR | stop | spoil PART FAULT | mend | asked [REGEXP]")
	if args[0] != "start" && s.mirror == nil {
		ts.Fatalf("there is no mirror yet")
	}
	switch {
	case args[0] == "start" && len(args) == 2:
		s.end()
		s.mirror = testrepo.Serve(ts.MkAbs(args[1]))
		ts.Setenv("MIRROR", s.mirror.URL)
		ts.Setenv("HOST", strings.TrimPrefix(s.mirror.URL, "http://"))
	case args[0] == "stop":
		s.mirror.Close()
	case args[0] == "mend":
		s.mirror.Mend()
	case args[0] == "spoil" && len(args) == 3 && testrepo.Faults[args[2]] != nil:
		s.mirror.Spoil(args[1], testrepo.Faults[args[2]])
	case args[0] == "asked":
		askedFor(ts, neg, s.mirror.Asked(), args[1:])
	default:
		ts.Fatalf("mirror: what is %q?", args)
	}
}

func askedFor(ts *testscript.TestScript, neg bool, asked, args []string) {
	form, err := regexp.Compile(strings.Join(args, " "))
	ts.Check(err)
	i := slices.IndexFunc(asked, form.MatchString)
	switch {
	case neg && i >= 0:
		ts.Fatalf("the mirror was asked for %s", asked[i])
	case !neg && i < 0:
		ts.Fatalf("the mirror was asked for %q", asked)
	}
}

// runs runs a program and keeps what it says.
func runs(ts *testscript.TestScript, argv ...string) int {
	err := ts.Exec(argv[0], argv[1:]...)
	s := of(ts)
	s.said.WriteString(ts.ReadFile("stdout") + ts.ReadFile("stderr"))
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	if err != nil {
		return exit.ExitCode()
	}
	return 0
}

func build(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) <= 1, "build [UNTIL]")
	for _, step := range steps {
		if code := runs(ts, strings.Fields(step)...); code != 0 {
			ts.Fatalf("%s ended with %d", step, code)
		}
		if len(args) == 1 && step == args[0] {
			return
		}
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) >= 2, "exits CODE PROGRAM [ARG...]")
	if got := fmt.Sprint(runs(ts, args[1:]...)); got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

func unsaid(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) >= 1, "unsaid TEXT [DIR...]")
	if strings.Contains(of(ts).said.String(), args[0]) {
		ts.Fatalf("%q was said", args[0])
	}
	for _, dir := range args[1:] {
		ts.Check(filepath.WalkDir(ts.MkAbs(dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(path)
			if err == nil && bytes.Contains(data, []byte(args[0])) {
				err = fmt.Errorf("%q is in %s", args[0], path)
			}
			return err
		}))
	}
}

func listing(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) == 2, "listing DIR FILE")
	text, err := list(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o644))
}

func substitute(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, !neg && len(args) == 3, "substitute FILE OLD NEW")
	name := ts.MkAbs(args[0])
	text := ts.ReadFile(args[0])
	// A script has no way to write a line's end between quotes.
	unescape := strings.NewReplacer(`\n`, "\n", `\t`, "\t")
	before, after := unescape.Replace(args[1]), unescape.Replace(args[2])
	if !strings.Contains(text, before) {
		ts.Fatalf("%s does not hold %q", args[0], before)
	}
	ts.Check(os.WriteFile(name, []byte(strings.Replace(text, before, after, 1)), 0o644))
}
