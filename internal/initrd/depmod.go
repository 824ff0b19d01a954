package initrd

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// depmod writes the files that depmod(8) would for the chosen modules, as far
// as busybox reads them: its shell prefers its own modprobe to ours. The forms
// are those of modules.dep(5).
func (c *closure) depmod() map[string]string {
	var dep, softdep, alias, builtin strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c.modules)) {
		m := c.modules[name]
		fmt.Fprintf(&dep, "kernel/%s.ko:", m.file.stem)
		var before []string
		c.order(name, map[string]bool{name: true}, depends, &before)
		for _, need := range slices.Backward(before) { // the last one goes in first
			fmt.Fprintf(&dep, " kernel/%s.ko", c.modules[need].file.stem)
		}
		dep.WriteByte('\n')
		if len(m.pre)+len(m.post) > 0 {
			fmt.Fprintf(&softdep, "softdep %s%s%s\n", name, words(" pre: ", m.pre), words(" post: ", m.post))
		}
		for _, a := range m.info.aliases {
			fmt.Fprintf(&alias, "alias %s %s\n", a, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.kernel.builtin)) {
		builtin.WriteString(c.kernel.builtin[name] + "\n")
	}
	return map[string]string{
		"modules.dep": dep.String(), "modules.softdep": softdep.String(), "modules.alias": alias.String(), "modules.builtin": builtin.String(),
	}
}

func words(before string, list []string) string {
	if len(list) == 0 {
		return ""
	}
	return before + strings.Join(list, " ")
}
