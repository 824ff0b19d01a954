package modindex

import (
	"fmt"
	"io/fs"
	"strings"
)

// Node is a character device that a module drives and that has to be there
// before the module is: its first opening calls for the module.
type Node struct {
	Name         string // below /dev: mapper/control
	Major, Minor uint32
}

// Nodes lists such devices, as depmod(8) would in modules.devname: a module
// states the name and the numbers in an alias each, devname:btrfs-control and
// char-major-10-234.
func (x *Index) Nodes() []Node {
	numbers := map[string]Node{}
	for _, a := range x.Aliases {
		var n Node
		if _, err := fmt.Sscanf(a.Pattern, "char-major-%d-%d", &n.Major, &n.Minor); err == nil {
			numbers[a.Module] = n
		}
	}
	var list []Node
	for _, a := range x.Aliases {
		name, ok := strings.CutPrefix(a.Pattern, "devname:")
		n, numbered := numbers[a.Module]
		if ok && numbered && fs.ValidPath(name) {
			n.Name = name
			list = append(list, n)
		}
	}
	return list
}
