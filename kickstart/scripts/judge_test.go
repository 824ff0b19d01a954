package scripts

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"
	"cdbuilder/kickstart"
)

// corpusScripts are the scripts of the corpus' kickstarts.
func corpusScripts(t testing.TB) (all []Source, files int) {
	t.Helper()
	dir := judge.Corpus(t, "kickstart")
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) == ".tsv" {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files++
		f, _ := kickstart.Parse(d.Name(), data, kickstart.Syntax{})
		for _, s := range f.Scripts() {
			all = append(all, Source{Interpreter: s.Interpreter, Body: s.Body, Line: s.Line + 1})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("the corpus has no scripts")
	}
	return all, files
}

func isShell(s Source) bool {
	r := reader{}
	_, ok := r.dialect(filepath.Base(s.Interpreter))
	return ok
}

// refused runs a shell with -n: whether it refuses the script, and the line it
// names. Bash says that it cannot read a [[ … ]] and ends there, but with
// success: that counts as refusing. Its warnings don't.
func refused(t *testing.T, shell, body string) (bool, int) {
	t.Helper()
	cmd := exec.Command(shell, "-n")
	cmd.Stdin = strings.NewReader(body)
	cmd.Env = []string{"LC_ALL=C"}
	out, err := cmd.CombinedOutput()
	bad, at := err != nil, 0
	for l := range strings.Lines(string(out)) {
		if strings.Contains(l, "warning:") {
			continue
		}
		bad = true
		if m := lineOf.FindStringSubmatch(l); m != nil && at == 0 {
			at, _ = strconv.Atoi(m[1])
		}
	}
	return bad, at
}

var lineOf = regexp.MustCompile(`(?:line |: )(\d+): `)

func fatal(faults []Fault) (bool, int) {
	i := slices.IndexFunc(faults, func(f Fault) bool { return f.Fatal })
	if i < 0 {
		return false, 0
	}
	return true, faults[i].Line
}

// Bash and we refuse the same scripts.
func TestCorpusScriptsAgreeWithBash(t *testing.T) {
	bash := judge.Program(t, "bash")
	all, files := corpusScripts(t)
	shells, agree, refusals := 0, 0, 0
	for _, s := range all {
		if !isShell(s) {
			continue
		}
		shells++
		theirs, at := refused(t, bash, strings.ReplaceAll(s.Body, "\r\n", "\n"))
		ours, line := fatal(s.Read().Faults)
		if theirs {
			refusals++
		}
		if ours == theirs {
			agree++
			continue
		}
		t.Errorf("bash refuses: %v (line %d), we: %v (line %d) in\n%s", theirs, at, ours, line-s.Line+1, s.Body)
	}
	t.Logf("kickstart scripts: %d files, %d scripts, %d for a shell, %d refused by bash, %d agree, %d differ", files, len(all), shells, refusals, agree, shells-agree)
}

// Where /bin/sh is dash, what it refuses we refuse, and nothing else.
func TestCorpusScriptsAgreeWithDash(t *testing.T) {
	dash := judge.Program(t, "dash")
	all, _ := corpusScripts(t)
	agree, refusals := 0, 0
	for _, s := range all {
		s.Interpreter, s.Sh = "/bin/sh", Dash
		theirs, at := refused(t, dash, strings.ReplaceAll(s.Body, "\r\n", "\n"))
		faults := s.Read().Faults
		ours, line := fatal(faults)
		if theirs {
			refusals++
		}
		if ours == theirs {
			agree++
			continue
		}
		t.Errorf("dash refuses: %v (line %d), we: %v (line %d: %v)", theirs, at, ours, line-s.Line+1, faults)
	}
	t.Logf("kickstart scripts: %d, %d refused by dash, %d agree, %d differ", len(all), refusals, agree, len(all)-agree)
}

// The same with scripts that have been damaged: a byte or a line is missing, or
// a mark too many stands somewhere.
func TestCorpusDamagedScriptsAgreeWithBash(t *testing.T) {
	bash := judge.Program(t, "bash")
	all, _ := corpusScripts(t)
	random := rand.New(rand.NewPCG(3, 1))
	rounds := 4
	if testing.Short() {
		rounds = 1
	}
	total, refusals, agree, sameLine := 0, 0, 0, 0
	for range rounds {
		for _, s := range all {
			if !isShell(s) || s.Body == "" {
				continue
			}
			body := damage(random, s.Body)
			theirs, at := refused(t, bash, body)
			ours, line := fatal(Source{Interpreter: s.Interpreter, Body: body, Line: 1}.Read().Faults)
			total++
			if theirs {
				refusals++
			}
			if ours != theirs {
				if dir := os.Getenv("DAMAGED"); dir != "" {
					_ = os.WriteFile(filepath.Join(dir, strconv.Itoa(total)), []byte(body), 0o644)
				}
				t.Logf("%d: bash refuses: %v (line %d), we: %v (line %d)", total, theirs, at, ours, line)
				continue
			}
			agree++
			// Bash names the line where it noticed; we may name the one where it began.
			if theirs && line <= at {
				sameLine++
			} else if theirs {
				t.Logf("%d: bash names line %d, we %d", total, at, line)
			}
		}
	}
	t.Logf("damaged scripts: %d, %d refused by bash, %d agree, %d differ; of the refused %d with our line at bash's or before",
		total, refusals, agree, total-agree, sameLine)
	if (total-agree)*1000 > total*3 {
		t.Errorf("%d of %d differ", total-agree, total)
	}
}

func damage(random *rand.Rand, body string) string {
	i := random.IntN(len(body))
	switch random.IntN(3) {
	case 0:
		return body[:i] + body[i+1:]
	case 1:
		lines := strings.SplitAfter(body, "\n")
		k := random.IntN(len(lines))
		return strings.Join(slices.Delete(lines, k, k+1), "")
	}
	const marks = "'\"`$(){}[];|&<>\\!#*?=~% "
	return body[:i] + string(marks[random.IntN(len(marks))]) + body[i:]
}

func BenchmarkCorpus(b *testing.B) {
	all, files := corpusScripts(b)
	for b.Loop() {
		for _, s := range all {
			s.Read()
		}
	}
	b.ReportMetric(float64(files), "files")
}

// The time stays in bounds on what is long or deep.
func TestHostileScripts(t *testing.T) {
	long := func(s string) string { return strings.Repeat(s, (MaxBody-64)/len(s)) }
	for name, body := range map[string]string{
		"parentheses": long("("), "substitutions": long("$("), "and": "a" + long(" && a"), "pipes": "a" + long("|a"),
		"braces": long("{ "), "ifs": long("if "), "not": long("! "), "backquotes": long("`"), "quotes": long("\"$("),
		"arithmetic": "((" + long("-"), "expansions": long("${a:-"), "tests": "[[ " + long("! "), "test groups": "[[ " + long("( "),
		"documents": long("cat <<A\n"), "documents of one line": "cat" + long(" <<A"), "assignments": long("a=b "), "arrays": long("a=("),
		"bad expansions": long("${a&}\n"), "sudo": long("sudo "), "evals": long("eval '"), "else": "if a; then b" + long("\nelif a; then b"),
		"ternary": "((" + long("a?"), "cases": long("case a in a) "), "functions": long("a() "), "checks": "command -v a" + long(" || command -v a"),
		"equals": "((" + long("a="), "words": "a" + long(" a"), "zeros": long("\x00"), "tests and": "[[ a" + long(" && a"),
		"lines": long("a\n"), "commas": "((a" + long(",a"),
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			s := Source{Interpreter: "/bin/sh", Body: body, Line: 1}.Read()
			if took := time.Since(begin); took > 2*time.Minute {
				t.Errorf("%v: %d calls, %d faults", took, len(s.Calls), len(s.Faults))
			} else {
				t.Log(took.Round(time.Millisecond), len(s.Calls), s.Faults)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"if command -v a >/dev/null; then a; fi\nsudo -u b env X=1 c\n", "cat <<EOF | bash\na ${b} $(c)\nEOF\n", "bash -c 'a \"$1\" b' $x",
		"X='a b'; $X c || true", "perl -MFoo::Bar=baz -e 'use Baz;'", "python3 <<E\nimport a, b.c\nE\n", "find / -exec a {} \\;", "[[ -x a && ! -f b ]] && c",
		"a() { b; }; a\ntrap 'c' EXIT\nalias d='e f'", "echo ${a&b}", "!\n", "for ((;;)); do a; done", "yum -y install a b && chmod +x /a && /a", "a=(b c); b <(c) |& d",
	} {
		f.Add("/bin/sh", s)
	}
	f.Add("/usr/bin/python3", "'''\nimport a\n'''\nfrom b import c")
	f.Add("/usr/bin/perl", "use parent qw(A B);\n__END__\nuse C;")
	f.Fuzz(func(t *testing.T, interpreter, body string) {
		for d := Bash; d <= Zsh; d++ {
			s := Source{Interpreter: interpreter, Body: body, Line: 10, Sh: d}.Read()
			lines := bytes.Count([]byte(body), []byte("\n"))
			for _, c := range s.Calls {
				if c.Line < 9 || c.Line > 10+lines+1 || c.Name == "" {
					t.Errorf("%s: %+v", fmt.Sprint(d), c)
				}
			}
			for _, f := range s.Faults {
				if f.Line < 9 || f.Line > 10+lines+1 {
					t.Errorf("%s: %+v", fmt.Sprint(d), f)
				}
			}
		}
	})
}
