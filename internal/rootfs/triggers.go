package rootfs

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// interest is a trigger that a package waits for (deb-triggers(5)).
type interest struct {
	trigger string // a name, or an absolute path
	by      string // package, as dpkg's database calls it
	noawait bool
}

// parseInterests reads the interests out of a package's triggers file. What it
// activates is dpkg's business when it configures the package.
func parseInterests(data []byte, by string) ([]interest, error) {
	var out []interest
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) != 2 {
			return nil, fmt.Errorf("triggers: the line %q is not a directive and a trigger", strings.TrimSpace(line))
		}
		verb, name := words[0], words[1]
		if !triggerName(name) {
			return nil, fmt.Errorf("triggers: %q is neither a name nor a clean absolute path", name)
		}
		switch verb {
		case "interest", "interest-await", "interest-noawait":
			out = append(out, interest{name, by, verb == "interest-noawait"})
		case "activate", "activate-await", "activate-noawait":
		default:
			return nil, fmt.Errorf("triggers: unknown directive %q", verb)
		}
	}
	return out, nil
}

func triggerName(name string) bool {
	if strings.HasPrefix(name, "/") {
		return path.Clean(name) == name && name != "/"
	}
	// As a package's name, but with capitals; it becomes the name of a file.
	return plainName(strings.ToLower(name))
}

func (i interest) who() string {
	if i.noawait {
		return i.by + "/noawait"
	}
	return i.by
}

// deferred writes what goes into dpkg's triggers/Unincorp: the path triggers that
// the files of newly unpacked packages pull, and by whom. dpkg heeds those of
// packages that are configured already.
func deferred(interests []interest, pkgs []*pkg) []byte {
	watched := make(map[string][]string) // path, relative → who pulls it
	for _, i := range interests {
		if strings.HasPrefix(i.trigger, "/") {
			watched[relative(i.trigger)] = nil
		}
	}
	for _, p := range pkgs {
		for _, name := range p.placed.list {
			for at := name; at != "."; at = path.Dir(at) {
				if who, ok := watched[at]; ok && !slices.Contains(who, p.binary()) {
					watched[at] = append(who, p.binary())
				}
			}
		}
	}
	var b strings.Builder
	for _, i := range interests {
		name := relative(i.trigger)
		if who := watched[name]; len(who) > 0 {
			fmt.Fprintf(&b, "%s %s\n", i.trigger, strings.Join(who, " "))
			delete(watched, name)
		}
	}
	return []byte(b.String())
}
