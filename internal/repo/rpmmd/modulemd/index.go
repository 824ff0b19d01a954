package modulemd

import (
	"cmp"
	"maps"
	"slices"
)

// Index holds what the documents of one repository or of several say.
type Index struct {
	streams   map[string]map[string][]*Stream // by module and stream
	defaults  map[string]*Defaults
	obsoletes map[string]*Obsoletes // by module, stream and context
	clashes   map[string]bool       // modules on whose default stream the documents don't agree
}

// Add takes the good documents of a file. The defaults and obsoletes modified
// last win; where two of the same date name different default streams, the
// module has none.
func (x *Index) Add(docs []*Document) {
	if x.streams == nil {
		x.streams = make(map[string]map[string][]*Stream)
		x.defaults = make(map[string]*Defaults)
		x.obsoletes = make(map[string]*Obsoletes)
		x.clashes = make(map[string]bool)
	}
	for _, d := range docs {
		switch {
		case d.Stream != nil:
			x.addStream(d.Stream)
		case d.Packager != nil:
			x.addStream(d.Packager)
		case d.Defaults != nil && d.Defaults.Module != "":
			x.addDefaults(d.Defaults)
		case d.Obsoletes != nil:
			x.addObsoletes(d.Obsoletes)
		}
	}
}

func (x *Index) addStream(s *Stream) {
	if x.streams[s.Name] == nil {
		x.streams[s.Name] = make(map[string][]*Stream)
	}
	x.streams[s.Name][s.Stream] = append(x.streams[s.Name][s.Stream], s)
}

func (x *Index) addDefaults(d *Defaults) {
	old := x.defaults[d.Module]
	switch {
	case old == nil || d.Modified > old.Modified:
		x.defaults[d.Module] = d
		delete(x.clashes, d.Module)
	case d.Modified == old.Modified:
		x.defaults[d.Module] = mergeDefaults(old, d)
		if old.Stream != "" && d.Stream != "" && old.Stream != d.Stream {
			x.clashes[d.Module] = true
		}
	}
}

// mergeDefaults joins what two documents of one date say.
func mergeDefaults(a, b *Defaults) *Defaults {
	both := *a
	both.Stream = cmp.Or(a.Stream, b.Stream)
	both.Profiles = maps.Clone(a.Profiles)
	for stream, names := range b.Profiles {
		if both.Profiles[stream] == nil {
			both.Profiles[stream] = names
		}
	}
	return &both
}

func (x *Index) addObsoletes(o *Obsoletes) {
	key := o.Module + ":" + o.Stream + ":" + o.Context
	if old := x.obsoletes[key]; old == nil || !o.Modified.Before(old.Modified) {
		x.obsoletes[key] = o
	}
}

// Modules lists the modules that have streams, sorted.
func (x *Index) Modules() []string { return slices.Sorted(maps.Keys(x.streams)) }

// Streams lists the streams of a module, sorted.
func (x *Index) Streams(module string) []string { return slices.Sorted(maps.Keys(x.streams[module])) }

// Builds lists what there is of a stream: its versions and contexts, the
// latest first.
func (x *Index) Builds(module, stream string) []*Stream {
	builds := slices.Clone(x.streams[module][stream])
	slices.SortStableFunc(builds, func(a, b *Stream) int {
		return cmp.Or(cmp.Compare(b.Version, a.Version), cmp.Compare(a.Context, b.Context))
	})
	return builds
}

// Default is the stream of a module that is taken when nobody chooses, or
// nothing.
func (x *Index) Default(module string) string {
	if d := x.defaults[module]; d != nil && !x.clashes[module] {
		return d.Stream
	}
	return ""
}

// DefaultProfiles are the profiles that a stream is installed with.
func (x *Index) DefaultProfiles(module, stream string) []string {
	if d := x.defaults[module]; d != nil {
		return d.Profiles[stream]
	}
	return nil
}

// Obsolete tells what was said last about the end of a build, or nil. Whether
// its time has come is for the caller, who knows the time.
func (x *Index) Obsolete(s *Stream) *Obsoletes {
	var found *Obsoletes
	for _, context := range []string{s.Context, ""} {
		o := x.obsoletes[s.Name+":"+s.Stream+":"+context]
		if o != nil && (found == nil || o.Modified.After(found.Modified)) {
			found = o
		}
	}
	if found == nil || found.Reset {
		return nil
	}
	return found
}
