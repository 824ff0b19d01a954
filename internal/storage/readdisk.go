package storage

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"cdbuilder/kickstart/language"
)

// readPart reads part: a new partition, one that is there, or a tmpfs.
func (p *planner) readPart(s *language.Statement) {
	v := p.volume(s)
	base, most, grow := p.sizes(s, v)
	for _, option := range []string{"--start", "--end", "--onbiosdisk", "--bytes-per-inode"} {
		if s.Has(option) {
			p.fault(s, "%s is not done by this installer", option)
		}
	}
	switch {
	case v.FS == "tmpfs":
		p.tmpfs(s, v, base)
		return
	case s.Has("--onpart"):
		p.use(s, v, s.Get("--onpart"), s.Has("--noformat"))
		return
	case s.Has("--noformat"):
		p.fault(s, "--noformat keeps what is on a partition: name it by --onpart=…")
		return
	}
	w := &want{Volume: v, st: s, base: base, max: most, grow: grow, primary: s.Has("--asprimary")}
	w.weight = weight(v)
	if base == 0 {
		w.base = p.defaultSize(s, v, grow)
	}
	if spec := s.Get("--ondisk"); spec != "" {
		if w.ground = p.disk(s, "--ondisk", spec); w.ground == nil {
			return
		}
	}
	p.wants = append(p.wants, w)
}

// weight is where on a disk a partition stands.
func weight(v *Volume) int {
	switch {
	case v.FS == "biosboot":
		return 0
	case v.ESP:
		return 1
	case v.Mount == "/boot":
		return 2
	}
	return 3
}

func (p *planner) defaultSize(s *language.Statement, v *Volume, grow bool) int64 {
	switch {
	case v.FS == "biosboot":
		return mib
	case v.ESP:
		return espSize
	case grow:
		return 500 * mib // blivet's
	}
	p.fault(s, "%s has no size: give --size=… in MiB; with --grow, --size=1 will do", title(v))
	return mib
}

// title names a volume by its use.
func title(v *Volume) string { return cmp.Or(v.Mount, v.Name, v.FS, "the partition") }

// disk finds the one disk that an option names, and that may be used.
func (p *planner) disk(s *language.Statement, option, spec string) *ground {
	found := p.disks(s, option, []string{spec})
	switch {
	case len(found) == 0:
		if strings.ContainsAny(spec, "*?[") {
			p.fault(s, "%s=%s fits no disk of this machine; it has %s", option, spec, p.names())
		}
		return nil
	case len(found) > 1:
		p.fault(s, "%s=%s fits %s and %s; name one disk", option, spec, found[0].Name, found[1].Name)
		return nil
	case found[0].why != "":
		p.fault(s, "%s=%s cannot be used: %s", option, spec, found[0].why)
		return nil
	}
	return found[0]
}

// use takes a partition that is there.
func (p *planner) use(s *language.Statement, v *Volume, spec string, keep bool) {
	for _, g := range p.grounds {
		part := g.partition(spec)
		if part == nil {
			continue
		}
		v.Path, v.Size, v.Keep, v.Disks = "/dev/"+part.Name, part.Size, keep, []string{g.Name}
		kept := g.keeps(part.Number)
		switch {
		case g.why != "":
			p.fault(s, "%s cannot be used: %s is %s", part.Name, g.Name, g.why)
		case !kept:
			p.fault(s, "%s is to be used, but clearpart removes it", part.Name)
		case part.InUse != "":
			p.fault(s, "%s cannot be used: %s", part.Name, part.InUse)
		case keep && v.Mount != "" && v.Mount != "swap" && !mountable(part.Content.Type):
			p.fault(s, "%s is to be kept and mounted, but holds %s", part.Name, cmp.Or(part.Content.Type, "no file system"))
		}
		if keep {
			v.FS, v.UUID, v.Label, v.Crypt = cmp.Or(part.Content.Type, v.FS), part.Content.UUID, part.Content.Label, nil
			v.ESP = v.FS == "vfat" && v.Mount == "/boot/efi"
		}
		for _, other := range g.Used {
			if other.Path == v.Path {
				p.fault(s, "%s is used twice", part.Name)
			}
		}
		g.Used = append(g.Used, v)
		return
	}
	p.fault(s, "there is no partition %s", spec)
}

func (g *ground) keeps(number int) bool {
	for _, part := range g.Kept {
		if part.Number == number {
			return true
		}
	}
	return false
}

func mountable(content string) bool {
	_, ok := fsModules[content]
	return ok
}

// readMount reads mount: a partition that is there.
func (p *planner) readMount(s *language.Statement) {
	v := &Volume{File: s.File.Name, Line: s.Line(), Options: s.Get("--mountoptions")}
	if where := s.Word(1); strings.HasPrefix(where, "/") {
		v.Mount = path.Clean(where)
		p.mountPoint(s, v.Mount)
	} else if strings.EqualFold(where, "swap") {
		v.Mount = "swap"
	}
	if s.Has("--mkfsoptions") {
		v.Mkfs = strings.Fields(s.Get("--mkfsoptions"))
	}
	format, given := s.Value("--reformat")
	p.use(s, v, s.Word(0), !given)
	switch {
	case given && format != "":
		p.fileSystem(s, v, strings.ToLower(format))
	case given:
		p.reformat(v)
	case v.FS == "swap":
		v.Mount = "swap"
	}
}

// reformat makes the file system that was there anew.
func (p *planner) reformat(v *Volume) {
	v.FS = p.options.FS
	for _, g := range p.grounds {
		for _, part := range g.Partitions {
			if "/dev/"+part.Name == v.Path && formats(part.Content.Type) {
				v.FS = part.Content.Type
			}
		}
	}
	v.ESP = v.Mount == "/boot/efi"
}

func (p *planner) tmpfs(s *language.Statement, v *Volume, size int64) {
	if v.Mount == "" || v.Mount == "/" || below("/boot", v.Mount) || below(v.Mount, "/boot") {
		p.fault(s, "a tmpfs is for directories like /tmp; what is in it is gone with the power")
		return
	}
	options := v.Options
	if size > 0 {
		options = strings.TrimPrefix(options+fmt.Sprintf(",size=%dm", size/mib), ",")
	}
	p.plan.Tmpfs = append(p.plan.Tmpfs, Mount{Device: "tmpfs", Spec: "tmpfs", Where: v.Mount, Type: "tmpfs", Options: cmp.Or(options, "defaults")})
}
