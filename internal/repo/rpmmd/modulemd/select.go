package modulemd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/near"
)

// Options are what streams are chosen by.
type Options struct {
	// Enabled are the streams that are wanted, as module:stream; a module alone
	// stands for its default stream.
	Enabled []string
	// Disabled are the modules none of whose streams may be active.
	Disabled []string
	// Platform is the stream of the module platform that the system is, such as
	// el9; empty suits every build.
	Platform string
}

// Selection is the active streams.
type Selection struct {
	// Active are the builds taken, by module.
	Active map[string][]*Stream
	// Dropped says of each default stream that could not be taken why not.
	Dropped map[string]error

	artifacts map[string]bool // packages of active builds
	hidden    map[string]bool // packages of the others
	names     map[string]bool // names that only active builds give
}

// Select finds the active streams: the enabled ones, the default streams of
// the other modules, and what these depend on. A default stream whose
// dependencies cannot be had, because another stream of a module is enabled or
// there is none, is left out, as dnf does; an enabled one is an error.
func (x *Index) Select(o Options) (*Selection, error) {
	s := &chooser{Index: x, Options: o, chosen: make(map[string]string), enabled: make(map[string]bool)}
	if err := s.enable(); err != nil {
		return nil, err
	}
	out := &Selection{Active: make(map[string][]*Stream), Dropped: make(map[string]error)}
	for _, module := range x.Modules() {
		stream := x.Default(module)
		if stream == "" || s.chosen[module] != "" || slices.Contains(o.Disabled, module) {
			continue
		}
		if err := s.take(module, stream); err != nil {
			out.Dropped[module] = err
		}
	}
	for module, stream := range s.chosen {
		out.Active[module] = s.builds(module, stream)
	}
	out.index(x)
	return out, nil
}

// chooser fills chosen.
type chooser struct {
	*Index
	Options
	chosen  map[string]string // streams by module
	enabled map[string]bool   // modules that were named
	steps   int
}

// maxSteps bounds the search through alternatives. A distribution's modules
// take some hundred steps.
const maxSteps = 100_000

// enable takes the named streams, all faults at once.
func (s *chooser) enable() error {
	var faults []error
	for _, spec := range s.Enabled {
		module, stream, _ := strings.Cut(spec, ":")
		switch {
		case s.streams[module] == nil:
			faults = append(faults, fmt.Errorf("module %s: no repository has it%s", module, near.DidYouMean(module, s.Modules())))
			continue
		case slices.Contains(s.Disabled, module):
			faults = append(faults, fmt.Errorf("module %s: is both enabled and disabled", module))
			continue
		case stream == "":
			stream = s.Default(module)
		}
		switch {
		case stream == "":
			faults = append(faults, fmt.Errorf("module %s: has no default stream; name one of %s", module, strings.Join(s.Streams(module), ", ")))
		case s.streams[module][stream] == nil:
			faults = append(faults, fmt.Errorf("module %s: has no stream %s; it has %s", module, stream, strings.Join(s.Streams(module), ", ")))
		case s.enabled[module] && s.chosen[module] != stream:
			faults = append(faults, fmt.Errorf("module %s: streams %s and %s are both enabled; only one can be", module, s.chosen[module], stream))
		default:
			s.enabled[module], s.chosen[module] = true, stream
		}
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	for _, spec := range s.Enabled {
		module, _, _ := strings.Cut(spec, ":")
		if err := s.need(module, s.chosen[module]); err != nil {
			faults = append(faults, fmt.Errorf("module %s:%s: %w", module, s.chosen[module], err))
		}
	}
	return errors.Join(faults...)
}

// take chooses a stream with what it depends on, or nothing.
func (s *chooser) take(module, stream string) error {
	before := make(map[string]string, len(s.chosen))
	for m, t := range s.chosen {
		before[m] = t
	}
	s.chosen[module] = stream
	if err := s.need(module, stream); err != nil {
		s.chosen = before
		return err
	}
	return nil
}

// need chooses what a chosen stream depends on: one build of it must be
// satisfied.
func (s *chooser) need(module, stream string) error {
	var faults []error
	for _, b := range s.Builds(module, stream) {
		err := s.anyOf(b)
		if err == nil {
			return nil
		}
		faults = append(faults, err)
	}
	if len(faults) == 0 {
		return errors.New("there is no such stream")
	}
	return faults[0]
}

// anyOf satisfies one of a build's alternatives.
func (s *chooser) anyOf(b *Stream) error {
	if len(b.Dependencies) == 0 {
		return nil
	}
	var first error
	for _, d := range b.Dependencies {
		before := make(map[string]string, len(s.chosen))
		for m, t := range s.chosen {
			before[m] = t
		}
		err := s.allOf(d)
		if err == nil {
			return nil
		}
		s.chosen = before
		if first == nil {
			first = err
		}
	}
	return first
}

func (s *chooser) allOf(d Dependency) error {
	modules := make([]string, 0, len(d.Requires))
	for m := range d.Requires {
		modules = append(modules, m)
	}
	slices.Sort(modules)
	for _, m := range modules {
		if err := s.satisfy(m, d.Requires[m]); err != nil {
			return err
		}
	}
	return nil
}

// satisfy sees to it that a module has one of the streams.
func (s *chooser) satisfy(module string, streams []string) error {
	want := strings.Join(streams, " or ")
	if s.steps++; s.steps > maxSteps {
		return errors.New("the modules depend on one another in too many ways")
	}
	if module == "platform" && s.streams[module] == nil {
		if s.Platform == "" || fits(s.Platform, streams) {
			return nil
		}
		return fmt.Errorf("it is for platform %s, not for %s", want, s.Platform)
	}
	if have := s.chosen[module]; have != "" {
		if fits(have, streams) {
			return nil
		}
		return fmt.Errorf("it needs module %s:%s, of which stream %s is active", module, want, have)
	}
	if slices.Contains(s.Disabled, module) {
		return fmt.Errorf("it needs module %s:%s, which is disabled", module, want)
	}
	candidates := s.Streams(module)
	if d := s.Default(module); d != "" { // it is tried first
		candidates = append([]string{d}, candidates...)
	}
	var last error
	for _, c := range candidates {
		if !fits(c, streams) {
			continue
		}
		if last = s.take(module, c); last == nil {
			return nil
		}
	}
	if last != nil {
		return fmt.Errorf("it needs module %s:%s: %w", module, want, last)
	}
	return fmt.Errorf("it needs module %s:%s, which no repository has", module, want)
}

// fits reports whether a stream will do.
func fits(stream string, streams []string) bool {
	if len(streams) == 0 {
		return true
	}
	if strings.HasPrefix(streams[0], "-") {
		return !slices.Contains(streams, "-"+stream)
	}
	return slices.Contains(streams, stream)
}

// builds are the builds of a chosen stream that the others suit, old versions
// too, so that their packages can be asked for.
func (s *chooser) builds(module, stream string) []*Stream {
	return slices.DeleteFunc(s.Builds(module, stream), func(b *Stream) bool { return !s.suits(b) })
}

// suits reports whether the chosen streams satisfy a build.
func (s *chooser) suits(b *Stream) bool {
	if len(b.Dependencies) == 0 {
		return true
	}
	return slices.ContainsFunc(b.Dependencies, func(d Dependency) bool {
		for m, streams := range d.Requires {
			have := s.chosen[m]
			if m == "platform" && s.streams[m] == nil {
				if have = s.Platform; have == "" {
					continue
				}
			}
			if have == "" || !fits(have, streams) {
				return false
			}
		}
		return true
	})
}
