package medium

import (
	"path"
	"slices"
	"strings"

	"cdbuilder/internal/filelist"
	"cdbuilder/internal/near"
)

// answer says who brings a thing, sorted by how far away they are.
type answer struct {
	installed  []string // to be installed
	medium     []string // on the medium
	repository []string // in a repository
	unsure     bool     // not all repositories say what they have
}

// maxNames is how many packages a message offers.
const maxNames = 3

// provide asks who owns one of the keys, or is known to bring the name by other
// means than a file of its own.
func (c *checker) provide(keys []string, byHand []string) answer {
	var a answer
	for _, key := range keys {
		c.sort(&a, c.Files.Providers(key))
	}
	for _, name := range byHand {
		if c.onMedium(name) {
			c.sort(&a, []string{name})
		}
	}
	if len(a.installed)+len(a.medium) > 0 {
		return a
	}
	e := c.elsewhere()
	a.unsure = len(e.Silent) > 0
	if e.Files != nil {
		for _, key := range keys {
			c.sort(&a, e.Providers(key))
		}
	}
	for _, name := range byHand {
		if c.Repositories != nil && len(c.Repositories.Named(name)) > 0 {
			c.sort(&a, []string{name})
		}
	}
	return a
}

// sort puts packages where they are to be found.
func (c *checker) sort(a *answer, names []string) {
	for _, name := range names {
		list := &a.repository
		switch {
		case c.installs(name):
			list = &a.installed
		case c.onMedium(name):
			list = &a.medium
		}
		if !slices.Contains(*list, name) {
			*list = append(*list, name)
		}
	}
}

func (c *checker) installs(name string) bool {
	if c.Install == nil {
		return c.onMedium(name)
	}
	return c.Install[name] != nil
}

func (c *checker) onMedium(name string) bool {
	return c.Medium != nil && len(c.Medium.Named(name)) > 0
}

// advice says what to do so that a thing is there.
func (a *answer) advice(where string) string {
	switch {
	case len(a.medium) > 0:
		return "add " + choose(a.medium) + " to %packages: it is on the medium"
	case len(a.repository) > 0:
		return "add " + choose(a.repository) + " to %packages: it is in " + where
	}
	return ""
}

func choose(names []string) string {
	return quoted(sortedSet(names)[:min(maxNames, len(sortedSet(names)))])
}

// repository names the repositories that have a package: "the repository debian".
func (c *checker) repository(names []string) string {
	var ids []string
	for _, name := range names {
		if c.Repositories == nil {
			break
		}
		for _, p := range c.Repositories.Named(name) {
			ids = append(ids, p.Repo)
		}
	}
	switch ids = sortedSet(ids); len(ids) {
	case 0:
		return "a repository, but not on the medium"
	case 1:
		return "the repository " + ids[0] + ", but not on the medium"
	}
	return "the repositories " + strings.Join(ids, ", ") + ", but not on the medium"
}

// commandKeys are the keys under which a command or program may stand.
func commandKeys(name string, more []string) (keys []string) {
	if strings.HasPrefix(name, "/") {
		key, ok := filelist.Key(name)
		if ok {
			keys = append(keys, key)
		}
		return keys
	}
	for _, dir := range slices.Concat(more, filelist.Bins) {
		if key, ok := filelist.Key(dir + "/" + name); ok {
			keys = append(keys, key)
		}
	}
	return keys
}

// nearest offers commands that are spelled like the one that nobody brings.
func (c *checker) nearest(name string) string {
	var known []string
	add := func(f Files) {
		if f == nil {
			return
		}
		for key := range f.Keys() {
			if kind, file := filelist.Is(key); kind == "" {
				known = append(known, path.Base(file))
			}
		}
	}
	add(c.Files)
	if hint := near.DidYouMean(path.Base(name), known); hint != "" {
		return hint
	}
	add(c.elsewhere().Files)
	return near.DidYouMean(path.Base(name), known)
}
