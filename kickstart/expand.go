package kickstart

import (
	"errors"
	"fmt"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"
)

// Source is the file of a template.
type Source struct {
	File string // as it stands in messages: kickstart/demo.ks
	Text string
}

// Expand fills a text template with data; name stands in its messages. A
// variable that data doesn't have is an error wherever it stands, also in a
// branch that isn't taken; all such errors are reported at once, each a
// *Fault with the line and the names that come close.
func Expand(name, text string, data any) ([]byte, error) {
	x, err := expand(Source{name, text}, nil, data)
	if err != nil {
		return nil, err
	}
	return x.text, nil
}

// expansion is a filled template.
type expansion struct {
	text    []byte
	origins []Origin        // of each line
	used    map[string]bool // names of the fragments that stand in it
}

// expand fills a template that may use fragments, each by the name of its file.
func expand(main Source, fragments []Source, data any) (*expansion, error) {
	set, used, err := prepare(main, fragments, data)
	if err != nil {
		return nil, err
	}
	rec := &recorder{}
	t := template.New(main.File).Option("missingkey=error").Funcs(template.FuncMap{markFunction: rec.mark})
	for name, tree := range set.trees {
		rec.instrument(tree.Root, set.sources[tree.ParseName])
		if _, err := t.AddParseTree(name, tree); err != nil {
			return nil, set.fault(err)
		}
	}
	if err := t.Execute(rec, data); err != nil {
		return nil, set.fault(err)
	}
	return &expansion{rec.out.Bytes(), rec.end(), used}, nil
}

// prepare parses a template and its fragments, and checks them against the
// data without running anything.
func prepare(main Source, fragments []Source, data any) (set *templateSet, used map[string]bool, err error) {
	set = &templateSet{sources: map[string]*source{}, trees: map[string]*parse.Tree{}}
	err = set.add(main.File, main)
	for _, f := range fragments {
		// The line that uses a fragment ends by itself.
		f.Text = strings.TrimSuffix(strings.TrimSuffix(f.Text, "\n"), "\r")
		err = errors.Join(err, set.add(path.Base(f.File), f))
	}
	if set.trees[main.File] == nil {
		return nil, nil, err
	}
	c := checker{set: set, used: map[string]bool{}, walks: map[string]int{}}
	checked := c.check(main.File, reflect.ValueOf(data))
	return set, c.used, errors.Join(err, checked)
}

// templateSet is a template with all that it may call.
type templateSet struct {
	sources map[string]*source // by the name under which they were parsed
	trees   map[string]*parse.Tree
}

// source is a template's file with the places where its lines begin.
type source struct {
	Source
	lines []int
}

// add parses a source without looking at the names of functions, which check
// reports together with everything else.
func (s *templateSet) add(name string, src Source) error {
	if other := s.sources[name]; other != nil {
		return fmt.Errorf("%s: a template of this name is there already: %s", src.File, other.File)
	}
	s.sources[name] = &source{Source: src, lines: lineStarts(src.Text)}
	t := parse.New(name)
	t.Mode = parse.SkipFuncCheck
	if _, err := t.Parse(src.Text, "", "", s.trees); err != nil {
		return s.fault(err)
	}
	return nil
}

func lineStarts(text string) []int {
	starts := []int{0}
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// line is the line of a place in the text, from 1.
func (s *source) line(at parse.Pos) int {
	i, found := slices.BinarySearch(s.lines, int(at))
	if found {
		i++
	}
	return i
}

// text/template begins its messages with the template's name and line.
var templateMessage = regexp.MustCompile(`(?s)^:(\d+):(?:\d+:)? (?:executing ".*?" at )?(.*)$`)

// fault turns an error of text/template into one of ours.
func (s *templateSet) fault(err error) error {
	text, _ := strings.CutPrefix(err.Error(), "template: ")
	for name, src := range s.sources {
		rest, ok := strings.CutPrefix(text, name)
		if !ok {
			continue
		}
		m := templateMessage.FindStringSubmatch(rest)
		if m == nil {
			continue
		}
		if line, err := strconv.Atoi(m[1]); err == nil {
			return &Fault{src.File, line, "filling the template: " + m[2]}
		}
	}
	return fmt.Errorf("filling a template: %w", err)
}
