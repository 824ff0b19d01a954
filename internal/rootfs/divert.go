package rootfs

import (
	"bufio"
	"bytes"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// diversions are dpkg-divert(1)'s: the files of all packages but one go elsewhere.
// Names are relative to the root, as packages write them.
type diversions map[string]diversion

type diversion struct{ to, by string } // by "" is the local administrator

// parseDiversions reads var/lib/dpkg/diversions: three lines for each one, the
// file, where it goes, and for whose sake, ":" for the administrator's.
func parseDiversions(data []byte) (diversions, error) {
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if len(data) == 0 {
		return nil, nil
	}
	if len(lines)%3 != 0 {
		return nil, fmt.Errorf("dpkg's diversions have %d lines, which is no multiple of three", len(lines))
	}
	out := make(diversions, len(lines)/3)
	for i := 0; i < len(lines); i += 3 {
		by := lines[i+2]
		if by == ":" {
			by = ""
		}
		out[relative(lines[i])] = diversion{relative(lines[i+1]), by}
	}
	return out, nil
}

// of gives the name under which a package's file is put.
func (d diversions) of(name, pkg string) string {
	if v, ok := d[name]; ok && v.by != pkg {
		return v.to
	}
	return name
}

// relative makes "/usr/bin/x" into "usr/bin/x".
func relative(name string) string {
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

// accounts gives numbers to the names of users or groups.
type accounts map[string]int

// parseAccounts reads passwd(5) or group(5): the third field is the number.
func parseAccounts(data []byte) accounts {
	out := make(accounts)
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		f := strings.Split(lines.Text(), ":")
		if len(f) < 3 {
			continue
		}
		if n, err := strconv.ParseUint(f[2], 10, 31); err == nil {
			out[f[0]] = int(n)
		}
	}
	return out
}

// of gives the number of a name, or n where the target does not know it.
func (a accounts) of(name string, n int) int {
	if known, ok := a[name]; ok {
		return known
	}
	return n
}

// overrides are dpkg-statoverride(1)'s modes and owners.
type overrides map[string]attributes

// parseOverrides reads var/lib/dpkg/statoverride: user, group, mode and file on each line.
func parseOverrides(data []byte, users, groups accounts) (overrides, error) {
	out := make(overrides)
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		f := strings.SplitN(lines.Text(), " ", 4)
		if len(f) != 4 {
			return nil, fmt.Errorf("dpkg's statoverride has the line %q", lines.Text())
		}
		uid, err1 := account(f[0], users)
		gid, err2 := account(f[1], groups)
		mode, err3 := strconv.ParseUint(f[2], 8, 12)
		if err1 != nil || err2 != nil || err3 != nil {
			return nil, fmt.Errorf("dpkg's statoverride has the line %q: unknown user or group, or bad mode", lines.Text())
		}
		out[relative(f[3])] = attributes{uint32(mode), uid, gid}
	}
	return out, nil
}

func account(name string, known accounts) (int, error) {
	if number, ok := strings.CutPrefix(name, "#"); ok {
		n, err := strconv.ParseUint(number, 10, 31)
		return int(n), err
	}
	if n, ok := known[name]; ok {
		return n, nil
	}
	return 0, fmt.Errorf("unknown account %q", name)
}
