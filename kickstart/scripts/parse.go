package scripts

import (
	"cmp"
	"errors"
	"io"
	"runtime"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// code is a piece of program text.
type code struct {
	text  string
	line  int  // of the kickstart, that of its first line
	loose bool // made of what only a run can tell, so that its faults prove nothing
	whole bool // it is the script itself, not code within it
}

// maxNested is how deep code inside of code is followed.
const maxNested = 6

// interpret reads code as the program of that name would.
func (r *reader) interpret(program string, c code, sc scope) {
	if r.depth == maxNested || c.text == "" {
		return
	}
	r.depth++
	defer func() { r.depth-- }()
	switch d, shell := r.dialect(program); {
	case shell:
		r.shell(d, c, sc)
	case pythonName.MatchString(program):
		r.python(program, c, sc)
	case perlName.MatchString(program):
		r.perl(program, c, sc)
	}
}

// shell reads shell code.
func (r *reader) shell(d Dialect, c code, sc scope) {
	file, text, faults := parse(d, c.text)
	for _, f := range faults {
		if c.loose {
			break
		}
		f.Line += c.line - 1
		if !c.whole && f.Fatal {
			f.Fatal = false // the outer shell goes on
		}
		r.fault(f)
	}
	if file == nil {
		return
	}
	w := &walker{reader: r, dialect: d, text: text, line: c.line - 1, vars: constants(file)}
	w.declare(file)
	w.stmts(file.Stmts, sc)
}

// maxMends is how many mistakes are looked past in one script.
const maxMends = 20

// parse reads shell code with a dialect. Mistakes that the shell meets only
// when it gets there are mended and reading goes on; at one that it refuses,
// the file ends: text is what was read, as long as the code and with the same
// lines, file what stands before the fault.
func parse(d Dialect, text string) (file *syntax.File, read string, faults []Fault) {
	for range maxMends {
		f, err := parseOnce(d.variant(), text)
		if err == nil {
			return f, text, faults
		}
		if d == Dash {
			if f, bashErr := parseOnce(syntax.LangBash, text); bashErr == nil {
				return f, text, append(faults, dashFaults(text, err)...)
			}
		}
		fault, mended := explain(d, text, err)
		faults = append(faults, fault)
		if mended == "" {
			return f, text, faults
		}
		text = mended
	}
	f, _ := parseOnce(d.variant(), text)
	return f, text, faults
}

// parseOnce gives the statements before the first error, and that. The parser
// is another's, and a script that it trips over must not end the whole lint.
func parseOnce(lang syntax.LangVariant, text string) (f *syntax.File, err error) {
	f = &syntax.File{}
	defer func() {
		if recover() != nil {
			err = errParser
		}
	}()
	for s, e := range syntax.NewParser(syntax.Variant(lang)).StmtsSeq(&shallow{strings.NewReader(text)}) {
		// After an error it may come once more, so we must not leave.
		if err == nil && e == nil && s != nil {
			f.Stmts = append(f.Stmts, s)
		}
		err = cmp.Or(err, e)
	}
	return f, err
}

var errParser = errors.New("it cannot be looked into")

// errDeep ends the reading of what nests without end.
var errDeep = errors.New("it nests too deeply to be looked into")

// shallow is the parser's input. The parser recurses as its input nests and
// asks for it a kilobyte at a time: each time we look how deep it stands, for
// a stack that overflows would end the whole program.
type shallow struct{ r io.Reader }

const maxFrames = 20_000

func (s *shallow) Read(b []byte) (int, error) {
	var few [512]uintptr
	if runtime.Callers(0, few[:]) == len(few) && runtime.Callers(0, make([]uintptr, maxFrames)) == maxFrames {
		return 0, errDeep
	}
	return s.r.Read(b)
}

func line(p syntax.Pos) int { return max(1, int(p.Line())) }
