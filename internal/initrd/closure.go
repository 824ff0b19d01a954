package initrd

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"cdbuilder/internal/initrd/modindex"

	"golang.org/x/sync/errgroup"
)

// module is a chosen module, unpacked.
type module struct {
	file moduleFile
	info modinfo
	data []byte // the ELF file
	pre  []string
	post []string
}

// closure chooses modules of one kernel.
type closure struct {
	kernel  *kernel
	aliases map[string][]string // of the helpers: alias to module names
	modules map[string]*module
	// unmet are softly wished modules that this kernel does not have.
	unmet map[string]bool
}

// choose takes the modules that the table names, less those that drop names,
// and all that these need. Waves of modules are unpacked in parallel; what is
// chosen does not depend on which comes first.
func choose(ctx context.Context, k *kernel, drop []string) (*closure, error) {
	c := &closure{kernel: k, aliases: map[string][]string{}, modules: map[string]*module{}, unmet: map[string]bool{}}
	seeds, unused := seeds(k, drop)
	if len(unused) > 0 {
		return nil, fmt.Errorf("drop: this kernel has no wanted module below %s", strings.Join(unused, ", "))
	}
	if err := c.learnAliases(ctx); err != nil {
		return nil, err
	}
	for len(seeds) > 0 {
		wave, err := c.unpack(ctx, seeds)
		if err != nil {
			return nil, err
		}
		next := map[string]bool{}
		for _, name := range seeds {
			c.modules[name] = wave[name]
			if err := c.needs(wave[name], next); err != nil {
				return nil, err
			}
		}
		seeds = slices.Sorted(maps.Keys(next))
		seeds = slices.DeleteFunc(seeds, func(name string) bool { return c.modules[name] != nil })
	}
	return c, nil
}

// seeds lists the modules that the table carries by name. It also tells which
// elements of drop have kept nothing away.
func seeds(k *kernel, drop []string) (names, unused []string) {
	used := make([]bool, len(drop))
	for _, name := range slices.Sorted(maps.Keys(k.files)) {
		stem := k.files[name].stem
		if !isWanted(stem) {
			continue
		}
		dropped := false
		for i, dir := range drop {
			dir = strings.Trim(strings.TrimPrefix(dir, "kernel/"), "/")
			if stem == dir || strings.HasPrefix(stem, dir+"/") {
				used[i], dropped = true, true
			}
		}
		if !dropped {
			names = append(names, name)
		}
	}
	for i, dir := range drop {
		if !used[i] {
			unused = append(unused, dir)
		}
	}
	return names, unused
}

// learnAliases reads the helpers, whose aliases softdeps go by.
func (c *closure) learnAliases(ctx context.Context) error {
	var list []string
	for name, f := range c.kernel.files {
		if anyNames(helpers, f.stem) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	wave, err := c.unpack(ctx, list)
	if err != nil {
		return err
	}
	for _, name := range list {
		for _, alias := range wave[name].info.aliases {
			c.aliases[alias] = append(c.aliases[alias], name)
		}
	}
	return nil
}

// unpack reads the named modules on all processors.
func (c *closure) unpack(ctx context.Context, list []string) (map[string]*module, error) {
	modules := make([]*module, len(list))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range list {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			m, err := c.kernel.unpack(name)
			modules[i] = m
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	wave := map[string]*module{}
	for i, name := range list {
		wave[name] = modules[i]
	}
	return wave, nil
}

func (k *kernel) unpack(name string) (*module, error) {
	f := k.files[name]
	if f.packed == nil {
		return nil, fmt.Errorf("the module %s is needed, but %s lies in a directory that the table of modules calls foreign", name, f.stem)
	}
	data, err := unpackModule(f.name, f.packed)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", f.name, err)
	}
	info, err := readModinfo(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	f.packed = nil // only its place counts from here on
	return &module{file: f, info: info, data: data}, nil
}

// needs adds to next what a module cannot be without and what it wishes for.
func (c *closure) needs(m *module, next map[string]bool) error {
	for _, name := range m.info.depends {
		if _, ok := c.kernel.files[name]; ok {
			next[name] = true
		} else if c.kernel.builtin[name] == "" {
			return fmt.Errorf("%s needs the module %s, which is neither in the package nor built into the kernel", m.file.name, name)
		}
	}
	m.pre = c.wishes(m.info.pre, next)
	m.post = c.wishes(m.info.post, next)
	return nil
}

// wishes turns the targets of a softdep into module names.
func (c *closure) wishes(targets []string, next map[string]bool) []string {
	var found []string
	for _, target := range targets {
		name := modindex.Name(target)
		switch {
		case c.kernel.files[name].packed != nil:
			found = append(found, name)
		case c.aliases[target] != nil:
			found = append(found, c.aliases[target]...)
		case c.kernel.builtin[name] != "" || c.kernel.builtinAliases[target]:
		default:
			c.unmet[target] = true
		}
	}
	for _, name := range found {
		next[name] = true
	}
	return found
}

// index makes the list that stage2 loads by.
func (c *closure) index() *modindex.Index {
	x := &modindex.Index{Release: c.kernel.release, Builtin: slices.Collect(maps.Keys(c.kernel.builtin))}
	for name, m := range c.modules {
		var before []string
		c.order(name, map[string]bool{name: true}, wishesAndDepends, &before)
		x.Modules = append(x.Modules, modindex.Module{
			Name: name, Path: "kernel/" + m.file.stem + ".ko", Before: before, After: m.post,
		})
		for _, alias := range m.info.aliases {
			x.Aliases = append(x.Aliases, modindex.Alias{Pattern: alias, Module: name})
		}
	}
	x.Sort()
	return x
}

// depends is what a module cannot be without.
func depends(m *module) []string { return m.info.depends }

// wishesAndDepends is all that goes before a module.
func wishesAndDepends(m *module) []string { return slices.Concat(m.pre, m.info.depends) }

// order appends to list, depth first, what is loaded before the module. A
// softdep may lead in a circle; seen cuts it.
func (c *closure) order(name string, seen map[string]bool, needs func(*module) []string, list *[]string) {
	for _, need := range needs(c.modules[name]) {
		if seen[need] || c.modules[need] == nil {
			continue
		}
		seen[need] = true
		c.order(need, seen, needs, list)
		*list = append(*list, need)
	}
}
