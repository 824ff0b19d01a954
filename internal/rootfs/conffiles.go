package rootfs

import (
	"fmt"
	"strings"
)

// conffile is a line of a package's conffiles (deb-conffiles(5)).
type conffile struct {
	name            string // relative to the root
	removeOnUpgrade bool   // not in the package: an old version's, to be removed
}

func parseConffiles(data []byte) ([]conffile, error) {
	var out []conffile
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" {
			continue
		}
		flag, rest, flagged := strings.Cut(line, " ")
		c := conffile{}
		if line[0] != '/' && flagged && flag == "remove-on-upgrade" {
			c.removeOnUpgrade, line = true, strings.TrimLeft(rest, " ")
		}
		if !strings.HasPrefix(line, "/") {
			return nil, fmt.Errorf("conffiles: %q is not an absolute path", line)
		}
		c.name = relative(line)
		out = append(out, c)
	}
	return out, nil
}
