package kickstart

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Templates are a product's kickstarts as their author wrote them.
type Templates struct {
	Kickstarts []Source // kickstart/*.ks: each becomes a kickstart on the medium
	Fragments  []Source // kickstart/fragments/*.ks: what those share, as {{ template "users.ks" . }}
}

// FragmentDir is where the fragments are, in the directory of the kickstarts.
const FragmentDir = "fragments"

// ReadTemplates reads the templates of a product from its kickstart directory.
// Dir stands in messages as it is given.
func ReadTemplates(dir string) (*Templates, error) {
	kickstarts, err := readSources(dir)
	if err != nil {
		return nil, err
	}
	fragments, err := readSources(filepath.Join(dir, FragmentDir))
	return &Templates{kickstarts, fragments}, err
}

func readSources(dir string) ([]Source, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var all []Source
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || filepath.Ext(e.Name()) != ".ks" {
			continue
		}
		name := filepath.Join(dir, e.Name())
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, Source{name, string(text)})
	}
	return all, nil
}

// Rendered is a kickstart as it lies on the medium.
type Rendered struct {
	Name   string // of the file: demo.ks
	Source Source // the template
	Text   []byte
	File   *File // its name is the template's
	Entry  Entry // what it says of itself for the boot menu

	fragments []Source
	origins   []Origin
}

// UnusedFragment is the rule of a fragment that no kickstart uses.
const UnusedFragment = "unused-fragment"

// Render fills all kickstarts and takes each apart. The error joins a *Fault
// for each thing wrong with any of them, at its place in the templates; what
// could be filled is returned also beside an error. The findings are warnings
// about the templates.
func (t *Templates) Render(data any, syntax Syntax) ([]*Rendered, []Finding, error) {
	var all []*Rendered
	var faults []error
	used := make(map[string]bool)
	for _, source := range t.Kickstarts {
		r, err := t.render(source, data, syntax, used)
		faults = append(faults, unjoin(err)...)
		if r != nil {
			all = append(all, r)
		}
	}
	var findings []Finding
	for _, f := range t.Fragments {
		if name := filepath.Base(f.File); !used[name] && len(all) == len(t.Kickstarts) {
			findings = append(findings, Finding{Rule: UnusedFragment, Level: Warning, File: f.File, Line: 1,
				Text: fmt.Sprintf("no kickstart uses this fragment; {{ template %q . }} does", name)})
		}
	}
	return all, findings, errors.Join(once(faults)...)
}

func (t *Templates) render(source Source, data any, syntax Syntax, used map[string]bool) (*Rendered, error) {
	x, err := expand(source, t.Fragments, data)
	if err != nil {
		return nil, err
	}
	for name := range x.used {
		used[name] = true
	}
	r := &Rendered{Name: filepath.Base(source.File), Source: source, Text: x.text, fragments: t.Fragments, origins: x.origins}
	var faults, entry error
	r.File, faults = Parse(source.File, x.text, syntax)
	r.Entry, entry = ReadEntry(source.File, x.text)
	entry = r.Blame(entry)
	r.Entry.Path, r.Entry.Line = r.Where(r.Entry.Line)
	return r, errors.Join(r.Blame(faults), entry)
}

// Render fills and parses a single kickstart that uses no fragments.
func Render(name, text string, data any, syntax Syntax) ([]byte, *File, error) {
	t := Templates{Kickstarts: []Source{{name, text}}}
	all, _, err := t.Render(data, syntax)
	if len(all) == 0 {
		return nil, nil, err
	}
	return all[0].Text, all[0].File, err
}

// Where gives the place in the templates that a line of the result comes from.
func (r *Rendered) Where(line int) (file string, number int) {
	if len(r.origins) == 0 {
		return r.Source.File, 1
	}
	o := r.origins[min(max(line, 1), len(r.origins))-1]
	return o.File, o.Line
}

// Blame moves the faults of the result, as Parse finds them, to the templates.
func (r *Rendered) Blame(err error) error {
	var moved []error
	for _, err := range unjoin(err) {
		var f *Fault
		if errors.As(err, &f) && f.File == r.Source.File {
			file, line := r.Where(f.Line)
			err = &Fault{file, line, r.retell(f.Text)}
		}
		moved = append(moved, err)
	}
	return errors.Join(moved...)
}

// Trace moves findings about the result, as lint has them, to the templates. A
// fix stays where the lines that it replaces stand in one template as they do
// in the result; elsewhere it would overwrite what fills them.
func (r *Rendered) Trace(findings []Finding) []Finding {
	moved := slices.Clone(findings)
	for i := range moved {
		f := &moved[i]
		if f.File != r.Source.File {
			continue // of a file that it includes
		}
		f.File, f.Line = r.Where(f.Line)
		f.Text = r.retell(f.Text)
		f.Fix = r.moveFix(f.Fix, f.File)
	}
	return moved
}

// Requests is what the %packages sections ask for, each from its template.
func (r *Rendered) Requests() []Request {
	all := Requests(r.File)
	for i := range all {
		line, err := strconv.Atoi(strings.TrimPrefix(all[i].From, r.File.Name+":"))
		if err == nil {
			file, line := r.Where(line)
			all[i].From = fmt.Sprintf("%s:%d", file, line)
		}
	}
	return all
}

var otherLine = regexp.MustCompile(`\bin line (\d+)`)

// retell moves the other lines that a message speaks of.
func (r *Rendered) retell(text string) string {
	return otherLine.ReplaceAllStringFunc(text, func(s string) string {
		line, err := strconv.Atoi(strings.TrimPrefix(s, "in line "))
		if err != nil {
			return s
		}
		file, line := r.Where(line)
		return fmt.Sprintf("in %s:%d", file, line)
	})
}

// moveFix moves a fix into a template, or gives nil where it must not be.
func (r *Rendered) moveFix(x *Fix, file string) *Fix {
	if x == nil {
		return nil
	}
	text := r.Source.Text
	for _, f := range r.fragments {
		if f.File == file {
			text = f.Text
		}
	}
	template, result := strings.Split(text, "\n"), strings.Split(string(r.Text), "\n")
	_, first := r.Where(x.First)
	for n := x.First; n <= max(x.Last, x.First); n++ {
		at := first + n - x.First
		f, line := r.Where(n)
		if f != file || line != at || n > len(result) || at > len(template) || result[n-1] != template[at-1] {
			return nil
		}
	}
	return &Fix{Does: x.Does, First: first, Last: first + x.Last - x.First, With: x.With}
}

// unjoin takes a join of errors apart.
func unjoin(err error) []error {
	if err == nil {
		return nil
	}
	join, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range join.Unwrap() {
		all = append(all, unjoin(e)...)
	}
	return all
}

// once drops repetitions: a fragment's faults come with each kickstart that
// uses it.
func once(errs []error) []error {
	seen := make(map[string]bool)
	return slices.DeleteFunc(errs, func(err error) bool {
		text := err.Error()
		again := seen[text]
		seen[text] = true
		return again
	})
}
