// Package scripts reads the scripts that a kickstart and its packages bring
// along (%pre, %post, maintainer scripts) and says what they call: commands
// found by $PATH, programs by their path, modules of Perl and Python, each with
// its line and with what the script itself does about its absence.
//
// Shell is read by mvdan.cc/sh as the dialect that will run it: POSIX.1-2024
// chapter 2 with what bash or dash makes of it. Code inside of code is followed
// (sh -c '…', here-documents fed to an interpreter, eval, trap, find -exec, what
// sudo, env, xargs, chroot and their like run), text that is only written to a
// file is not. What cannot be known before the script runs (a command named by
// a variable that a loop sets, say) is left out: every call that is given is
// one that the script makes on some way through it.
package scripts

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
)

// Kind says what a call needs.
type Kind uint8

// The kinds of call.
const (
	Command      Kind = iota // a name, looked for in $PATH
	Path                     // a program by its absolute path
	PerlModule               // Foo::Bar
	PythonModule             // foo.bar
)

// Call is one thing that a script needs to be there.
type Call struct {
	Name string // as written, quotes resolved
	Kind Kind
	Line int      // of the kickstart, from 1
	Args []string // the words after it; one that only a run can tell is as the script has it: "$PACKAGES"

	// By is the interpreter that loads a module: "python3".
	By string
	// Root is the directory that chroot has made the root, as the script has
	// it; empty for the script's own.
	Root string
	// Guarded: the script makes sure that the thing is there, and does without.
	Guarded bool
	// Conditional: the script may end without coming to it.
	Conditional bool
	// Tolerated: failure has no consequence (|| true) or another command takes over.
	Tolerated bool
	// Installed: the script brings the thing before it calls it.
	Installed bool
	// Doubtful: before it the script does something that could bring anything:
	// it reads another script, unpacks an archive, runs what the network gives.
	Doubtful bool

	function bool // called from within a function, so that its line says nothing about when
	nth      int  // its place in the script
}

// Install is a package that the script gets for itself.
type Install struct {
	Name string // of a package, a pattern or a group: "bind-utils", "@development"
	By   string // "dnf"
	Line int
	nth  int
}

// Fault is something wrong with the script as a text.
type Fault struct {
	Line int
	Text string
	// Fatal: the interpreter refuses the script, or it cannot do what it is
	// for. Otherwise the shell goes on behind it.
	Fatal bool
}

// Script is a script that has been read.
type Script struct {
	Calls    []Call
	Faults   []Fault
	Installs []Install
	// Path are the directories that the script adds to $PATH.
	Path []string
	// Writes are the files that the script makes or may make, by their absolute paths.
	Writes []string
}

// Source is a script to read.
type Source struct {
	Interpreter string // as the header names it: /bin/sh, /usr/bin/python3
	Body        string
	Line        int     // of the kickstart, that of the body's first line
	Sh          Dialect // what /bin/sh is where the script runs
}

// MaxBody is the length of the longest script that is read, bytes.
const MaxBody = 1 << 20

// Commands gives the calls and faults of a script that runs where /bin/sh is
// bash, as on every system of the RPM family.
func Commands(interpreter, body string, firstLine int) ([]Call, []Fault) {
	s := Source{Interpreter: interpreter, Body: body, Line: firstLine}.Read()
	return s.Calls, s.Faults
}

// Read reads a script.
func (s Source) Read() *Script {
	r := &reader{sh: s.Sh, out: &Script{}}
	s.Body = strings.ReplaceAll(s.Body, "\r\n", "\n")
	if len(s.Body) > MaxBody {
		r.fault(Fault{Line: s.Line, Text: "the script is too long to be looked into"})
		return r.out
	}
	name := cmp.Or(first(s.Interpreter), "/bin/sh")
	if name != "/bin/sh" {
		r.call(Call{Name: name, Kind: kindOf(name), Line: max(1, s.Line-1)}, scope{})
	}
	r.interpret(path.Base(r.reads(s, name)), code{text: s.Body, line: s.Line, whole: true}, scope{})
	r.finish()
	return r.out
}

// reads is the interpreter that the script is written for. The installer goes
// by the header alone, but a script whose first line names another language
// would be misread: what it calls is then best told by that line.
func (r *reader) reads(s Source, name string) string {
	line, _, _ := strings.Cut(s.Body, "\n")
	rest, ok := strings.CutPrefix(line, "#!")
	words := strings.Fields(rest)
	if len(words) > 1 && path.Base(words[0]) == "env" {
		words = words[1:]
	}
	if !ok || len(words) == 0 {
		return name
	}
	_, theirs := r.dialect(path.Base(words[0]))
	_, ours := r.dialect(path.Base(name))
	if theirs == ours {
		return name
	}
	return words[0]
}

// kindOf tells a path from a name.
func kindOf(name string) Kind {
	if strings.HasPrefix(name, "/") {
		return Path
	}
	return Command
}

func first(s string) string {
	if f := strings.Fields(s); len(f) > 0 {
		return f[0]
	}
	return ""
}

// reader is a script being read.
type reader struct {
	sh       Dialect
	out      *Script
	known    map[string]bool // functions and aliases
	written  map[string]int  // paths that the script writes, and when first
	doubtful int             // since when anything may be there; 0 never
	nth      int
	depth    int // of code inside of code
}

func (r *reader) fault(f Fault) { r.out.Faults = append(r.out.Faults, f) }

// call records a call.
func (r *reader) call(c Call, sc scope) {
	r.nth++
	c.nth, c.function = r.nth, sc.function
	c.Root, c.Tolerated, c.Conditional = sc.root, sc.tolerated, sc.conditional
	c.Guarded = c.Guarded || sc.guards.hold(c.Name)
	r.out.Calls = append(r.out.Calls, c)
}

// finish settles what only the whole script can tell.
func (r *reader) finish() {
	calls := slices.DeleteFunc(r.out.Calls, func(c Call) bool { return c.Kind == Command && r.known[c.Name] })
	type key struct {
		name, root string
		kind       Kind
		line       int
	}
	seen := make(map[key]int, len(calls))
	kept := calls[:0]
	for _, c := range calls {
		// Code between double quotes is come to twice: by the shell that
		// expands it and by the one that runs it. Of several the strictest counts.
		k := key{c.Name, c.Root, c.Kind, c.Line}
		if i, ok := seen[k]; ok {
			kept[i].Guarded = kept[i].Guarded && c.Guarded
			kept[i].Tolerated = kept[i].Tolerated && c.Tolerated
			kept[i].Conditional = kept[i].Conditional && c.Conditional
			continue
		}
		seen[k] = len(kept)
		c.Installed = r.brings(c)
		c.Doubtful = r.doubtful > 0 && (c.function || r.doubtful <= c.nth)
		kept = append(kept, c)
	}
	slices.SortStableFunc(kept, func(a, b Call) int { return a.Line - b.Line })
	slices.SortStableFunc(r.out.Faults, func(a, b Fault) int { return a.Line - b.Line })
	r.out.Calls = kept
	r.out.Writes = slices.Sorted(maps.Keys(r.written))
}

// brings reports whether the script has brought what it calls: installed a
// package of that name, or written the file.
func (r *reader) brings(c Call) bool {
	before := func(n int) bool { return n > 0 && (c.function || n <= c.nth) }
	base := path.Base(c.Name)
	for _, i := range r.out.Installs {
		if i.Name == base && before(i.nth) {
			return true
		}
	}
	switch c.Kind {
	case Path:
		return before(r.written[c.Name])
	case Command:
		for _, dir := range slices.Concat(binaries, r.out.Path) {
			if before(r.written[dir+"/"+c.Name]) {
				return true
			}
		}
	}
	return false
}

// binaries are the directories of $PATH.
var binaries = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}
