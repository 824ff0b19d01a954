package target

import "strings"

// initramfs has the initramfs of every kernel made, now that fstab, crypttab and
// mdadm.conf are there: initramfs-tools(7) or dracut(8).
func (p *planner) initramfs() []Action {
	if !p.facts.hasKernel() {
		p.refuse(nil, "no kernel is among the packages: add linux-image-amd64 to %%packages")
		return nil
	}
	switch {
	case p.facts.has("initramfs-tools"):
	case p.facts.has("dracut"):
		return []Action{Command{Argv: []string{"dracut", "--regenerate-all", "--force"}}}
	default:
		p.refuse(nil, "nothing makes an initramfs: add initramfs-tools to %%packages")
		return nil
	}
	all := []Action{File{Path: "/etc/initramfs-tools/conf.d/resume", Mode: 0o644, Data: p.head("See initramfs.conf(5).") + "RESUME=" + p.resume() + "\n"}}
	if p.facts.Crypttab != "" && p.Last("keyboard") != nil {
		// The passphrase is typed before the system's own keyboard layout is set.
		all = append(all, File{Path: "/etc/initramfs-tools/conf.d/keymap", Mode: 0o644, Data: p.head("See initramfs.conf(5).") + "KEYMAP=y\n"})
	}
	// Level 9, which is Debian's own, takes zstd four times as long for a tenth
	// less. What a person sets in initramfs.conf goes before.
	return append(all, Command{Argv: []string{"env", "COMPRESSLEVEL=3", "update-initramfs", "-c", "-k", "all"}})
}

// resume is where a system that hibernated lies: the first swap of fstab.
func (p *planner) resume() string {
	for line := range strings.Lines(p.facts.Fstab) {
		f := strings.Fields(line)
		if len(f) >= 3 && f[2] == "swap" && !strings.HasPrefix(f[0], "#") {
			return f[0]
		}
	}
	return "none"
}
