package lint

import (
	"path"
	"strings"

	"cdbuilder/kickstart/language"
)

// storage is what the kickstart makes of the disks.
type storage struct {
	volumes []*volume // all that has a size, a file system or a place in something else
	groups  []*group
	by      map[string]*volume // the first of each place and name
}

// volume is a line of part, raid, logvol, btrfs or mount.
type volume struct {
	*language.Statement
	mount   string // "/", "swap"; empty for a member of something else
	name    string // "pv.01", "raid.11", "btrfs.1": as a member; "biosboot", "prepboot"
	size    int64  // MiB
	sized   bool   // size is said, and a number
	grow    bool
	disk    string   // --ondisk, without /dev/
	on      string   // --onpart, without /dev/
	members []string // of raid and btrfs
}

// group is a line of volgroup.
type group struct {
	*language.Statement
	name    string
	members []string
	exists  bool // --useexisting, --noformat
}

func readStorage(r *language.Recipe) storage {
	var st storage
	for s := range r.Find("part", "raid", "logvol", "btrfs", "mount", "volgroup") {
		if len(s.Words) == 0 {
			continue
		}
		if s.Name == "volgroup" {
			st.groups = append(st.groups, &group{s, s.Words[0], s.Words[1:], s.Has("--useexisting") || s.Has("--noformat")})
			continue
		}
		st.volumes = append(st.volumes, readVolume(s))
	}
	st.by = make(map[string]*volume)
	for _, v := range st.volumes {
		if _, ok := st.by[v.called()]; !ok {
			st.by[v.called()] = v
		}
	}
	return st
}

func readVolume(s *language.Statement) *volume {
	v := &volume{Statement: s, grow: s.Has("--grow"), disk: device(s.Get("--ondisk")), on: device(s.Get("--onpart"))}
	v.size, v.sized = s.Int("--size")
	where := s.Words[0]
	switch s.Name {
	case "mount":
		v.on, where = device(where), s.Word(1)
	case "raid", "btrfs":
		v.members = s.Words[1:]
	}
	switch {
	case strings.HasPrefix(where, "/"), where == "swap":
		v.mount = where
		if len(where) > 1 {
			v.mount = path.Clean(where)
		}
	default:
		v.name = where
	}
	return v
}

// device is a device's name without its directory.
func device(name string) string { return strings.TrimPrefix(name, "/dev/") }

// isMember reports whether the volume is made to be a part of something else.
func (v *volume) isMember() bool {
	for _, prefix := range []string{"pv.", "raid.", "btrfs."} {
		if strings.HasPrefix(v.name, prefix) {
			return true
		}
	}
	return false
}

// called is the volume's name in messages.
func (v *volume) called() string {
	if v.mount != "" {
		return v.mount
	}
	return v.name
}

// at gives the volume that is mounted in a place; nil where none is.
func (st *storage) at(mount string) *volume { return st.by[mount] }

// member gives the volume with a name such as pv.01; nil where none has it.
func (st *storage) member(name string) *volume { return st.by[name] }

// of gives the volumes that a command makes.
func (st *storage) of(command string) []*volume {
	var list []*volume
	for _, v := range st.volumes {
		if v.Name == command {
			list = append(list, v)
		}
	}
	return list
}
