package wizard

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// Kickstart puts the answers into a basis. It refuses answers that cannot stand
// in a kickstart, and a basis that is none.
func (a Answers) Kickstart(b Basis) ([]byte, error) {
	text, _, err := a.compose(b)
	return text, err
}

// composer is a basis into which answers are being put.
type composer struct {
	Answers
	*editor
	basis  Basis
	recipe *language.Recipe
}

// compose gives the kickstart, and its new lines.
func (a Answers) compose(b Basis) (text []byte, wrote []string, err error) {
	if err := a.Check(); err != nil {
		return nil, nil, err
	}
	file, recipe, err := b.read()
	if err != nil {
		return nil, nil, fmt.Errorf("the kickstart %s cannot be used: %w", b.Name, err)
	}
	c := &composer{Answers: a, editor: newEditor(file), basis: b, recipe: recipe}
	c.disks()
	c.network()
	c.accounts()
	c.zone()
	c.sudo()
	text = c.bytes()
	made := Basis{Name: b.Name, Text: text, Syntax: b.Syntax}
	if err := made.Check(); err != nil {
		return nil, nil, fmt.Errorf("the answers do not fit into the kickstart %s: %w", b.Name, err)
	}
	return text, c.wrote, nil
}

// Check says all that is wrong with the answers.
func (a Answers) Check() error {
	faults := []error{checkHost(a.Hostname), checkHash(a.Hash), checkZone(a.Zone), checkCard(a.Network.Device)}
	if d := a.Disk.ID; d == "" || strings.ContainsAny(d, ",*?[\\\"' \t") || !printable(d) {
		faults = append(faults, fmt.Errorf("%q cannot name a disk", d))
	}
	if a.User != "" {
		faults = append(faults, checkUser(a.User), checkFullName(a.FullName))
		if a.Key != "" {
			faults = append(faults, checkKey(a.Key))
		}
	}
	if n := a.Network; n.VLAN < 0 || n.VLAN > 4094 {
		faults = append(faults, fmt.Errorf("%d is no VLAN: it has a number from 1 to 4094", n.VLAN))
	}
	return errors.Join(faults...)
}

// all are the statements of the named commands.
func (c *composer) all(names ...string) []*language.Statement {
	return slices.Collect(c.recipe.Find(names...))
}

// networkKept are the options that stay where they are: they say how a device is
// used, whichever it is and whatever its address.
var networkKept = []string{"--activate", "--no-activate", "--noipv6", "--mtu", "--nodns", "--ipv4-dns-search", "--ipv6-dns-search"}

// network puts the card and the host name in.
func (c *composer) network() {
	old := c.all("network")
	line := "network " + strings.Join(c.Network.options(), " ")
	if at := slices.IndexFunc(old, func(s *language.Statement) bool { return len(s.Given) > 1 || !s.Has("--hostname") }); at >= 0 {
		for _, g := range old[at].Given {
			if slices.Contains(networkKept, g.Name) && (g.Name != "--nodns" || len(c.Network.DNS) == 0) {
				line += " " + spell(g)
			}
		}
	}
	c.replace(old, line+" "+option("--hostname", c.Hostname))
}

// options are those of a network line.
func (n Network) options() []string {
	o := []string{"--bootproto=dhcp"}
	switch {
	case n.Address.Addr().Is4():
		mask := net.IP(net.CIDRMask(n.Address.Bits(), 32)).String()
		o = []string{"--bootproto=static", option("--ip", n.Address.Addr().String()), option("--netmask", mask)}
		if n.Gateway.IsValid() {
			o = append(o, option("--gateway", n.Gateway.String()))
		}
	case n.Address.Addr().Is6():
		o = []string{"--noipv4", option("--ipv6", n.Address.String())}
		if n.Gateway.IsValid() {
			o = append(o, option("--ipv6gateway", n.Gateway.String()))
		}
	}
	if len(n.DNS) > 0 {
		o = append(o, option("--nameserver", join(n.DNS)))
	}
	o = append(o, option("--device", n.Device))
	if n.VLAN > 0 {
		o = append(o, "--vlanid="+strconv.Itoa(n.VLAN))
	}
	return o
}

func join(all []netip.Addr) string {
	words := make([]string, len(all))
	for i, a := range all {
		words[i] = a.String()
	}
	return strings.Join(words, ",")
}

// accounts puts root's password in or locks root, and makes the user. The
// kickstart's own person goes, since others know that password; its other users
// stay.
func (c *composer) accounts() {
	old := c.all("rootpw")
	gone := ""
	var groupsOf []string
	if p := person(c.recipe); p != nil {
		gone, groupsOf = p.Get("--name"), groups(p)
		old = append(old, p)
	}
	for s := range c.recipe.Find("user", "sshkey") {
		name := s.Get("--name") + s.Get("--username")
		if (name == gone && gone != "" || name == c.User && name != "") && !slices.Contains(old, s) {
			old = append(old, s)
		}
	}
	slices.SortFunc(old, func(a, b *language.Statement) int { return a.Line() - b.Line() })
	if c.User == "" {
		c.replace(old, "rootpw --iscrypted "+c.Hash)
		return
	}
	if !slices.Contains(groupsOf, "sudo") && !slices.Contains(groupsOf, "wheel") {
		groupsOf = append(groupsOf, "sudo")
	}
	user := "user " + option("--name", c.User)
	if c.FullName != "" && takes(c.basis.Syntax, "user --name=x --gecos=y") {
		user += " " + option("--gecos", c.FullName)
	}
	lines := []string{c.lockRoot(), user + " " + option("--groups", strings.Join(groupsOf, ",")) + " --iscrypted " + option("--password", c.Hash)}
	if c.Key != "" {
		lines = append(lines, "sshkey "+option("--username", c.User)+" "+kickstart.Quote(c.Key))
	}
	c.replace(old, lines...)
}

// lockRoot is how the version says that nobody logs in as root by password.
func (c *composer) lockRoot() string {
	for _, line := range []string{"rootpw --lock", "rootpw --lock --iscrypted *"} {
		if takes(c.basis.Syntax, line) {
			return line
		}
	}
	return "rootpw --iscrypted *"
}

// zone puts the time zone in, and leaves the line's options.
func (c *composer) zone() {
	old := c.all("timezone")
	if len(old) == 0 {
		c.replace(nil, "timezone "+c.Zone+" --utc")
		return
	}
	for _, s := range old {
		line := s.Node.Text()
		fields, _, err := kickstart.Fields(line)
		at := slices.IndexFunc(fields, func(f kickstart.Field) bool { return f.Text == s.Word(0) })
		switch {
		case err != nil || len(fields) == 0: // cannot be: it was read
		case at > 0:
			line = line[:fields[at].Start] + c.Zone + line[fields[at].End:]
		default:
			line = line[:fields[0].End] + " " + c.Zone + line[fields[0].End:]
		}
		c.rewrite(s, line)
	}
}

// sudo sees that the user can become root.
func (c *composer) sudo() {
	if c.User == "" || c.basis.Sudo || !c.basis.SudoOffered {
		return
	}
	header := "%packages"
	for _, n := range c.file.Sections("packages") { // whether @core is implied is for the last one to say
		header = "%packages"
		if _, ok := n.Option("nocore"); ok {
			header = "%packages --nocore"
		}
	}
	lines := []string{header, "sudo", "%end"}
	c.wrote = append(c.wrote, lines...)
	c.end = append(c.end, append([]string{"", "# the user becomes root with it"}, lines...)...)
}
