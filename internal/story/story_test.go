package story

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cdbuilder/internal/pgp"
	"cdbuilder/internal/testrepo"

	"github.com/rogpeppe/go-internal/testscript"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// programs builds the programs of tools/ and returns their directory. It keeps
// them in build/story, so that the next run links only what has changed.
func programs(t testing.TB) string {
	t.Helper()
	dir, err := built()
	must(t, err)
	return dir
}

var built = sync.OnceValues(func() (string, error) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, "build", "story", "bin")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", dir+"/", "./tools/...")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the tools: %w\n%s", err, out)
	}
	return dir, nil
})

// keys are made once and told apart by name.
type key struct {
	signer         *pgp.Signer
	public, secret []byte
}

var keys = struct {
	sync.Mutex
	byName map[string]*key
}{byName: map[string]*key{}}

func keyOf(name string) (*key, error) {
	keys.Lock()
	defer keys.Unlock()
	if k := keys.byName[name]; k != nil {
		return k, nil
	}
	signer, public, secret, err := testrepo.Key("The key "+name, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return nil, err
	}
	keys.byName[name] = &key{signer, public, secret}
	return keys.byName[name], nil
}

// layProduct copies the stories' product into a directory, and leaves alone
// what is there already.
func layProduct(dir string) error {
	archive, err := keyOf("archive")
	if err != nil {
		return err
	}
	demo, err := os.ReadFile(filepath.Join("..", "..", "isotree", "keys", "demo-signing-key.asc"))
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"isotree/keys/archive.asc":          archive.public,
		"isotree/keys/demo-signing-key.asc": demo,
		"build/stage2/init":                 testrepo.Program(),
	}
	from := os.DirFS("testdata/product")
	err = fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files[name], err = fs.ReadFile(from, name)
		}
		return err
	})
	if err != nil {
		return err
	}
	for name, data := range files {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); err == nil {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// layArchive writes an archive of the packages listed in text.
func layArchive(dir, text string, words ...string) error {
	packages, err := testrepo.Parse(text)
	if err != nil {
		return err
	}
	a := testrepo.Archive{Date: time.Now().Add(-time.Minute), Packages: append(testrepo.Boot(), packages...)}
	signer := "archive"
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "bare":
			a.Packages = packages
		case "key":
			signer = value
		case "date", "valid":
			d, err := time.ParseDuration(value)
			if err != nil {
				return err
			}
			if name == "date" {
				a.Date = time.Now().Add(d)
			} else {
				a.ValidUntil = time.Now().Add(d)
			}
		case "byhash":
			a.ByHash = true
		case "detached":
			a.Detached = true
		case "unsigned":
			signer = ""
		default:
			return fmt.Errorf("archive: what is %q?", word)
		}
	}
	if signer != "" {
		k, err := keyOf(signer)
		if err != nil {
			return err
		}
		a.Signer = k.signer
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return a.Write(dir)
}

// list writes a line for everything below a directory: mode, size, digest, name.
func list(dir string) (string, error) {
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			fmt.Fprintf(&b, "dir %s\n", name)
		case d.Type()&fs.ModeSymlink != 0:
			fmt.Fprintf(&b, "link %s\n", name)
		default:
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "file %s %d %x\n", name, len(data), sha256.Sum256(data))
		}
		return nil
	})
	return b.String(), err
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
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"product": product, "archive": archive, "mirror": mirror, "build": build,
			"exits": exits, "unsaid": unsaid, "listing": listing, "substitute": substitute,
		},
	})
}

// state is what a script has begun.
type state struct {
	mirror *testrepo.Mirror
	dir    string
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
