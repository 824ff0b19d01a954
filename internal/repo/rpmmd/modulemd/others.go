package modulemd

import (
	"errors"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"
)

// Defaults name the stream of a module that is taken when nobody chooses, and
// the profiles that are installed then.
type Defaults struct {
	Module   string
	Modified uint64 // the larger one wins; 201909270000
	Stream   string // empty: no stream is the default
	Profiles map[string][]string
	Line     int
}

// Obsoletes end the life of a stream, or replace it.
type Obsoletes struct {
	Module, Stream string
	Context        string // empty stands for all
	Modified       time.Time
	Reset          bool      // takes back what was said before
	EOL            time.Time // zero: at once
	Message        string
	ByModule       string // what to take instead; empty for nothing
	ByStream       string
	Line           int
}

// Translations are a stream's summary and description in other languages. Only
// what they are of is kept.
type Translations struct {
	Module, Stream string
	Modified       uint64
}

func (p *parser) defaults(n *yaml.Node) (*Defaults, error) {
	if err := p.only(1); err != nil {
		return nil, err
	}
	d := &Defaults{Line: p.doc.Line, Profiles: make(map[string][]string)}
	profiles := func(out map[string][]string) set {
		return func(n *yaml.Node) error {
			return p.pairs(n, "profiles", func(stream string, k, v *yaml.Node) error {
				var names []string
				if _, twice := out[stream]; twice {
					return p.fault(k, "stream %s has profiles twice", stream)
				}
				err := p.list(&names)(v)
				out[stream] = names
				return err
			})
		}
	}
	err := p.mapping(n, "data", fields{
		"module": p.text(&d.Module), "modified": p.number(&d.Modified), "stream": p.text(&d.Stream), "profiles": profiles(d.Profiles),
		"intents": func(n *yaml.Node) error {
			return p.pairs(n, "intents", func(_ string, _, v *yaml.Node) error {
				var stream string
				return p.mapping(v, "an intent", fields{"stream": p.text(&stream), "profiles": profiles(make(map[string][]string))})
			})
		},
	})
	return d, err
}

func (p *parser) obsoletes(n *yaml.Node) (*Obsoletes, error) {
	if err := p.only(1); err != nil {
		return nil, err
	}
	o := &Obsoletes{Line: p.doc.Line}
	err := p.mapping(n, "data", fields{
		"modified": p.moment(&o.Modified), "eol_date": p.moment(&o.EOL), "reset": p.truth(&o.Reset),
		"module": p.text(&o.Module), "stream": p.text(&o.Stream), "context": p.text(&o.Context), "message": p.text(&o.Message),
		"obsoleted_by": func(n *yaml.Node) error {
			given := 0
			part := func(s *string) set {
				return func(n *yaml.Node) error { given++; return p.text(s)(n) }
			}
			err := p.mapping(n, "obsoleted_by", fields{"module": part(&o.ByModule), "stream": part(&o.ByStream)})
			if err == nil && given == 1 {
				err = p.fault(n, "what obsoletes it needs both a module and a stream")
			}
			return err
		},
	})
	switch {
	case err != nil:
	case o.Modified.IsZero():
		err = errors.New("it does not say when it was modified")
	case o.Module == "" || o.Stream == "":
		err = errors.New("it does not name module and stream")
	case o.Message == "":
		err = errors.New("it has no message")
	}
	return o, err
}

// moment reads a time in UTC to the minute.
func (p *parser) moment(t *time.Time) set {
	return func(n *yaml.Node) error {
		s, err := p.scalar(n)
		if err != nil {
			return err
		}
		if *t, err = time.Parse("2006-01-02T15:04Z", s); err != nil {
			return p.fault(n, "%.40q is not a time, as 2020-03-19T00:00Z is", s)
		}
		return nil
	}
}

func (p *parser) translations(n *yaml.Node) (*Translations, error) {
	t := new(Translations)
	var text string
	texts := func(n *yaml.Node) error {
		return p.pairs(n, "the profiles", func(_ string, _, v *yaml.Node) error { return p.text(&text)(v) })
	}
	err := p.mapping(n, "data", fields{
		"module": p.text(&t.Module), "stream": p.text(&t.Stream), "modified": p.number(&t.Modified),
		"translations": func(n *yaml.Node) error {
			return p.pairs(n, "translations", func(_ string, _, v *yaml.Node) error {
				return p.mapping(v, "a translation", fields{"summary": p.text(&text), "description": p.text(&text), "profiles": texts})
			})
		},
	})
	switch {
	case err != nil:
	case t.Module == "" || t.Stream == "":
		err = errors.New("it does not name module and stream")
	case t.Modified == 0:
		err = errors.New("it does not say when it was modified")
	}
	return t, err
}

// packager reads what a packager writes and a build turns into a stream. A
// repository has none of version 2; one of version 3 counts as its stream.
func (p *parser) packager(n *yaml.Node) (*Stream, error) {
	switch p.doc.Version {
	case 2:
		return nil, errors.New("it is for building the module, not for a repository")
	case 3:
	default:
		return nil, fmt.Errorf("version %d of the format is not known; 3 is", p.doc.Version)
	}
	s := &streamParser{parser: p, out: &Stream{Line: p.doc.Line}, has: make(map[*string]bool)}
	f := s.fields()
	for _, key := range []string{"version", "context", "arch", "servicelevels", "artifacts", "buildopts", "platform", "dependencies"} {
		delete(f, key)
	}
	f["configurations"] = s.each(s.configuration)
	if err := p.mapping(n, "data", f); err != nil {
		return nil, err
	}
	if s.out.Name == "" || s.out.Stream == "" {
		return nil, errors.New("it does not name its module and stream")
	}
	return s.out, s.check()
}

// configuration reads one way to build a packager's module.
func (s *streamParser) configuration(n *yaml.Node) error {
	var context, platform string
	d := Dependency{}
	err := s.mapping(n, "a configuration", fields{
		"context": s.text(&context), "platform": s.text(&platform), "buildopts": s.buildopts,
		"requires": s.modules(&d.Requires), "buildrequires": s.modules(&d.BuildRequires),
	})
	switch {
	case err != nil:
		return err
	case context == "" || len(context) > 10 || !isWord(context, ""):
		return s.fault(n, "the context %.20q is not one to ten letters and digits", context)
	case platform == "":
		return s.fault(n, "the configuration names no platform")
	}
	s.out.Dependencies = append(s.out.Dependencies, d)
	return nil
}
