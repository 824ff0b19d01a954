package comps

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/judge"

	"github.com/google/go-cmp/cmp"
)

// sound reads the files of the corpus that can be read without a fault.
func sound(t testing.TB) (files []*Comps, paths map[*Comps]string) {
	t.Helper()
	dir := judge.Corpus(t, "comps")
	paths = make(map[*Comps]string)
	for _, row := range judge.Sources(t, "comps") {
		path := filepath.Join(dir, row["file"])
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := Read(bytes.NewReader(src), row["file"]); err == nil {
			files = append(files, c)
			paths[c] = path
		}
	}
	if len(files) < 2 {
		t.Fatal("the corpus has no sound files")
	}
	return files, paths
}

func written(t testing.TB, c *Comps) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sameMeaning compares comps without the places where things stand, and
// without an order where it has no meaning.
func sameMeaning(a, b *Comps) string {
	for _, c := range []*Comps{a, b} {
		c.Warnings = nil
		for i := range c.Groups {
			inOrder(&c.Groups[i].Entry)
		}
		for i := range c.Environments {
			inOrder(&c.Environments[i].Entry)
		}
		for i := range c.Categories {
			inOrder(&c.Categories[i].Entry)
		}
		c.Langpacks = sorted(c.Langpacks, func(l Langpack) string { return l.Name })
		c.Blacklist = sorted(c.Blacklist, func(b Blacklisted) string { return b.Name })
		c.Whiteout = sorted(c.Whiteout, func(d IgnoredDep) string { return d.Requires })
		unplace(reflect.ValueOf(c).Elem())
	}
	if reflect.DeepEqual(a, b) {
		return ""
	}
	return cmp.Diff(a, b)
}

func inOrder(e *Entry) {
	for _, t := range []*Text{&e.Name, &e.Description} {
		t.Translations = sorted(t.Translations, func(in Translation) string { return in.Lang })
	}
}

// unplace sets every Line to 0, and every empty list to nil.
func unplace(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name == "Line" {
				v.Field(i).SetInt(0)
			}
			unplace(v.Field(i))
		}
	case reflect.Slice:
		if v.Len() == 0 {
			v.SetZero()
		}
		for i := range v.Len() {
			unplace(v.Index(i))
		}
	}
}

// textLost reports whether libcomps reads less from a file than it says: it
// loses the name of a package when there is an element in it.
func textLost(c *Comps) bool {
	return slices.ContainsFunc(c.Warnings, func(w *Fault) bool { return strings.Contains(w.Text, "in <packagereq>") })
}

// TestCorpusRoundTrip writes every real comps file, and has both us and
// libcomps read the same from it as from the original.
func TestCorpusRoundTrip(t *testing.T) {
	files, paths := sound(t)
	l := openLibcomps(t)
	lint := judge.Program(t, "xmllint")
	agree, explained, comments := 0, 0, 0
	for _, c := range files {
		lost := textLost(c)
		out := written(t, c)
		path := filepath.Join(t.TempDir(), "comps.xml")
		if err := os.WriteFile(path, out, 0o644); err != nil {
			t.Fatal(err)
		}
		again, err := Read(bytes.NewReader(out), c.Name)
		if err != nil {
			t.Errorf("%s: what we wrote has faults: %v", c.Name, err)
			continue
		}
		d := sameMeaning(c, again)
		if twice := written(t, again); !bytes.Equal(out, twice) {
			d += cmp.Diff(string(out), string(twice))
		}
		d += differ(t, l.reads(paths[c]), l.reads(path))
		if said, err := exec.Command(lint, "--noout", "--nonet", path).CombinedOutput(); err != nil {
			d += string(said)
		}
		switch {
		case d != "" && lost:
			explained++
			t.Logf("%s: libcomps loses the name of a package that has an element in it; we keep it", c.Name)
			continue
		case d != "":
			t.Errorf("%s (-original +written):\n%s", c.Name, d)
			continue
		}
		agree++
		comments += bytes.Count(out, []byte("<!--"))
	}
	t.Logf("comps-roundtrip: %d rows, %d agree, %d differ, %d of them for a known reason; %d comments kept",
		len(files), agree, len(files)-agree, explained, comments)
}

// everywhere gives comps without limits to architectures and variants, which
// libcomps overlooks when it merges, and so each member once.
func everywhere(c *Comps) *Comps {
	once := func(refs []GroupRef) []GroupRef {
		for i := range refs {
			refs[i].Arch = nil
		}
		return merge(nil, refs, (*GroupRef).key, replace)
	}
	c = Merge(c.Name, c)
	for i := range c.Groups {
		g := &c.Groups[i]
		g.Arch, g.Variant = nil, ""
		g.Stated = StatesDefault | StatesUserVisible // libcomps takes silence for a statement
		for j := range g.Packages {
			g.Packages[j].Arch, g.Packages[j].Variant = nil, ""
		}
		g.Packages = merge(nil, g.Packages, (*Package).key, replace)
	}
	for i := range c.Environments {
		e := &c.Environments[i]
		e.Arch, e.Variant = nil, ""
		e.Groups, e.Options = once(e.Groups), once(e.Options)
	}
	for i := range c.Categories {
		c.Categories[i].Arch, c.Categories[i].Groups = nil, once(c.Categories[i].Groups)
	}
	return c
}

// TestCorpusMerge merges real files by threes and holds the result to what
// libcomps merges.
func TestCorpusMerge(t *testing.T) {
	l := openLibcomps(t)
	dir := t.TempDir()
	write := func(name string, c *Comps) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, written(t, c), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	files, _ := sound(t)
	paths := make([]string, len(files))
	for i, c := range files {
		files[i] = everywhere(c)
		paths[i] = write(c.Name, files[i])
	}
	rng := rand.New(rand.NewPCG(20261120, 3))
	const sets = 40
	agree, crashes := 0, 0
	for range sets {
		var three []*Comps
		var names, from []string
		for len(three) < 3 {
			i := rng.IntN(len(files))
			three, names, from = append(three, files[i]), append(names, files[i].Name), append(from, paths[i])
		}
		ours := write("merged.xml", Merge("merged", three...))
		theirs := l.makes(question{Files: from})
		if theirs == "" {
			crashes++
			continue
		}
		if d := differ(t, theirs, l.reads(ours)); d != "" {
			t.Errorf("%s (-libcomps +ours):\n%.3000s", strings.Join(names, " + "), d)
			continue
		}
		agree++
	}
	if agree == 0 {
		t.Error("libcomps has judged nothing")
	}
	t.Logf("comps-merge: %d rows, %d agree, %d differ; on %d libcomps crashes", sets, agree, sets-agree-crashes, crashes)
}

// TestCorpusFilter filters real files for architectures and holds what is left
// to what libcomps leaves; then for a medium with every other package.
func TestCorpusFilter(t *testing.T) {
	files, paths := sound(t)
	l := openLibcomps(t)
	rows, agree, dropped := 0, 0, 0
	for _, c := range files {
		half := func(name string) bool { return len(name)%2 == 0 }
		some, gone := c.Filter(Medium{Has: half, Arch: "x86_64"})
		dropped += len(gone)
		if err := onlyHas(some, half); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		if !slices.ContainsFunc(c.Groups, limited) {
			continue
		}
		for _, arch := range []string{"x86_64", "s390x"} {
			rows++
			theirs := l.makes(question{Files: []string{paths[c]}, Arch: arch})
			ours, _ := c.Filter(Medium{Arch: arch})
			if d := cmp.Diff(membersIn(t, theirs), members(ours)); d != "" {
				t.Errorf("%s for %s (-libcomps +ours):\n%s", c.Name, arch, d)
				continue
			}
			agree++
		}
	}
	if rows == 0 || dropped == 0 {
		t.Error("nothing was filtered")
	}
	t.Logf("comps-filter: %d rows, %d agree, %d differ; a medium with half of the names lacks %d things", rows, agree, rows-agree, dropped)
}

// limited reports whether a group or one of its members is for some
// architectures only.
func limited(g Group) bool {
	return len(g.Arch) > 0 || slices.ContainsFunc(g.Packages, func(p Package) bool { return len(p.Arch) > 0 })
}

// members lists the names in each group that isn't empty.
func members(c *Comps) map[string][]string {
	all := make(map[string][]string)
	for _, g := range c.Groups {
		var names []string
		for _, p := range g.Packages {
			names = append(names, p.Name)
		}
		slices.Sort(names)
		if len(names) > 0 {
			all[g.ID] = slices.Compact(names)
		}
	}
	return all
}

// membersIn reads the same from an answer of libcomps.
func membersIn(t testing.TB, answer string) map[string][]string {
	t.Helper()
	var a struct {
		Groups []struct {
			ID       string
			Packages [][]any
		}
	}
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		t.Fatalf("%v: %.100s", err, answer)
	}
	c := new(Comps)
	for _, g := range a.Groups {
		group := Group{Entry: Entry{ID: g.ID}}
		for _, p := range g.Packages {
			group.Packages = append(group.Packages, Package{Name: p[0].(string)})
		}
		c.Groups = append(c.Groups, group)
	}
	return members(c)
}

// onlyHas holds a filtered file to what it promises: nothing in it is empty,
// missing or limited to an architecture.
func onlyHas(c *Comps, has func(string) bool) error {
	there := make(map[string]bool)
	for _, g := range c.Groups {
		there[g.ID] = true
		if limited(g) || len(g.Packages) == 0 || slices.ContainsFunc(g.Packages, func(p Package) bool { return !has(p.Name) }) {
			return fmt.Errorf("group %q: %v", g.ID, g.Packages)
		}
	}
	lists := make(map[string][]GroupRef)
	for _, e := range c.Environments {
		lists["environment "+e.ID] = e.Groups
		lists["options of "+e.ID] = append([]GroupRef{}, e.Options...)
	}
	for _, k := range c.Categories {
		lists["category "+k.ID] = k.Groups
	}
	for of, list := range lists {
		missing := slices.ContainsFunc(list, func(r GroupRef) bool { return !there[r.ID] || len(r.Arch) > 0 })
		if missing || len(list) == 0 && !strings.HasPrefix(of, "options") {
			return fmt.Errorf("%s: %v", of, list)
		}
	}
	return nil
}
