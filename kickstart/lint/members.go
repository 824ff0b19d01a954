package lint

import (
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/near"
	"cdbuilder/kickstart"
)

// Members: what arrays, volume groups and volumes are made of.
var memberRules = []rule{
	{Rule{"member-undefined", kickstart.Error, "an array or a volume group is made of something that nothing makes", false}, memberUndefined, false},
	{Rule{"member-unused", kickstart.Warning, "a partition is made for an array or a volume group that doesn't take it", false}, memberUnused, false},
	{Rule{"member-twice", kickstart.Error, "a partition can be a member of one array or volume group only", false}, memberTwice, false},
	{Rule{"raid-count", kickstart.Error, "the level of an array needs more members than it has", false}, raidCount, false},
	{Rule{"vg-undefined", kickstart.Error, "a logical volume lies in a volume group that nothing makes", false}, groupUndefined, false},
	{Rule{"thinpool-undefined", kickstart.Error, "a thin volume lies in a pool that nothing makes", false}, poolUndefined, false},
}

// use is a place that names a member.
type use struct {
	place
	by, member string
}

// uses gives every place that names a member.
func (v *view) uses() []use {
	var list []use
	for _, g := range v.groups {
		if g.exists {
			continue
		}
		for _, m := range g.members {
			list = append(list, use{at(g.Statement), "volgroup " + g.name, m})
		}
	}
	for _, p := range v.volumes {
		if p.Has("--useexisting") || p.Has("--noformat") || p.Has("--subvol") {
			continue
		}
		for _, m := range p.members {
			list = append(list, use{at(p.Statement), p.Name + " " + p.called(), m})
		}
	}
	return list
}

// members gives the names of all members that something makes.
func (v *view) members() []string {
	var names []string
	for _, p := range v.volumes {
		if p.isMember() {
			names = append(names, p.name)
		}
	}
	return names
}

// isMemberName tells pv.01 from a device that exists.
func isMemberName(name string) bool {
	return filled(name) && (strings.HasPrefix(name, "pv.") || strings.HasPrefix(name, "raid.") || strings.HasPrefix(name, "btrfs."))
}

func memberUndefined(v *view) {
	if v.open {
		return
	}
	for _, u := range v.uses() {
		if isMemberName(u.member) && v.member(u.member) == nil {
			v.say(u.place, "%s takes %s, which nothing makes%s", u.by, u.member, near.DidYouMean(u.member, v.members()))
		}
	}
}

func memberUnused(v *view) {
	if v.open {
		return
	}
	used := make(map[string]bool)
	for _, u := range v.uses() {
		used[u.member] = true
	}
	for _, p := range v.volumes {
		if p.isMember() && !used[p.name] && filled(p.name) && p.on == "" {
			v.say(at(p.Statement), "%s is made, but nothing takes it", p.name)
		}
	}
}

func memberTwice(v *view) {
	first := make(map[string]use)
	for _, u := range v.uses() {
		if o, ok := first[u.member]; ok && filled(u.member) {
			v.say(u.place, "%s takes %s, which is a member of %s already, %s", u.by, u.member, o.by, u.in(o.place))
			continue
		}
		first[u.member] = u
	}
}

// least is the fewest members of an array by level.
var least = map[string]int{"0": 2, "1": 2, "4": 3, "5": 3, "6": 4, "10": 2}

func raidCount(v *view) {
	for _, r := range v.of("raid") {
		level := strings.TrimPrefix(strings.ToLower(r.Get("--level")), "raid")
		need, ok := least[level]
		if !ok || len(r.members) == 0 || r.Has("--useexisting") || r.Has("--noformat") {
			continue
		}
		spares, _ := r.Int("--spares")
		have := len(r.members) - int(spares)
		if have >= need {
			continue
		}
		beside := ""
		if spares > 0 {
			beside = fmt.Sprintf(" beside %d spare", spares)
		}
		v.say(at(r.Statement), "an array of level %s needs %d members, and this one has %d%s", level, need, have, beside)
	}
}

func groupUndefined(v *view) {
	if v.open {
		return
	}
	var names []string
	for _, g := range v.groups {
		names = append(names, g.name)
	}
	for _, l := range v.of("logvol") {
		name := l.Get("--vgname")
		if name == "" || !filled(name) || slices.Contains(names, name) || l.Has("--useexisting") || l.Has("--noformat") {
			continue
		}
		v.say(at(l.Statement), "no volgroup makes %q%s", name, near.DidYouMean(name, names))
	}
}

func poolUndefined(v *view) {
	if v.open {
		return
	}
	pools := make(map[string][]string) // by volume group
	for _, l := range v.of("logvol") {
		if l.Has("--thinpool") {
			pools[l.Get("--vgname")] = append(pools[l.Get("--vgname")], l.Get("--name"))
		}
	}
	for _, l := range v.of("logvol") {
		pool, vg := l.Get("--poolname"), l.Get("--vgname")
		if !l.Has("--thin") || pool == "" || !filled(pool) || slices.Contains(pools[vg], pool) || l.Has("--useexisting") || l.Has("--noformat") {
			continue
		}
		v.say(at(l.Statement), "no logvol --thinpool in %s makes %q%s", vg, pool, near.DidYouMean(pool, pools[vg]))
	}
}
