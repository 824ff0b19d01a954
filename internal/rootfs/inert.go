package rootfs

import (
	"bytes"
	"regexp"
)

// kind says what a preinst may do when a package is installed anew.
type kind uint8

const (
	noScript kind = iota
	inert         // provably nothing
	live          // it must run, and before the package is unpacked
)

// Most preinsts hold nothing but what debhelper writes into them for upgrades.
// Called as "preinst install", without an old version as $2, these do nothing:
//
//   - dpkg-maintscript-helper rm_conffile and mv_conffile, which ask for $2 first
//     (its symlink_to_dir and dir_to_symlink do not: they look at the disk);
//   - dh_installinit's chmod +x of an init script that an earlier version left,
//     in a condition on -n "$2".
var (
	inertLine = regexp.MustCompile(`^(#.*|set -e|set -eu|exit 0|` +
		`dpkg-maintscript-helper (?:rm_conffile|mv_conffile)(?: [A-Za-z0-9/._+:~@=-]+|\\[+~]| [A-Za-z0-9/._+:~@=\\-]+)* -- "\$@")$`)
	inertBlock = regexp.MustCompile(`(?m)^if \[ "\$1" = "install" \] && \[ -n "\$2" \] && \[ -e "[A-Za-z0-9/._+@-]+" \] ; then\n` +
		`\s*chmod \+x "[A-Za-z0-9/._+@-]+" >/dev/null \|\| true\nfi$`)
)

// liveness judges a preinst by its text. What it does not know is live.
func liveness(text []byte) kind {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	switch string(bytes.Join(bytes.Fields(first), []byte(" "))) {
	case "#!/bin/sh", "#! /bin/sh", "#!/bin/sh -e", "#! /bin/sh -e":
	default:
		return live
	}
	for line := range bytes.Lines(inertBlock.ReplaceAll(text, nil)) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && !inertLine.Match(line) {
			return live
		}
	}
	return inert
}
