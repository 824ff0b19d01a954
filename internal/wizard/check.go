package wizard

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkHost follows RFC 1123 §2.1; Linux takes 64 bytes.
func checkHost(name string) error {
	switch {
	case name == "":
		return errors.New("the machine needs a name, such as server or server.example.org")
	case len(name) > 64:
		return fmt.Errorf("a host name has at most 64 letters; this one has %d", len(name))
	case strings.HasSuffix(name, "."):
		return errors.New("leave the dot at the end out")
	}
	for label := range strings.SplitSeq(name, ".") {
		switch {
		case label == "":
			return errors.New("there is nothing between two dots")
		case len(label) > 63:
			return fmt.Errorf("between two dots are at most 63 letters; here are %d", len(label))
		case label[0] == '-' || label[len(label)-1] == '-':
			return fmt.Errorf("%q: a hyphen stands between letters, not at an end", label)
		}
		for _, c := range label {
			if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", c) {
				return fmt.Errorf("%q cannot stand in a host name; write letters a-z, digits, hyphens and dots", c)
			}
		}
	}
	return nil
}

// taken are accounts and groups that every Debian system has (base-passwd,
// systemd, dbus): another one of the name cannot be made.
var taken = strings.Fields(`root daemon bin sys adm tty disk lp mail news uucp man proxy kmem dialout fax voice cdrom floppy tape
	sudo audio dip www-data backup operator list irc src shadow utmp video sasl plugdev staff games users nogroup nobody sync
	_apt messagebus systemd-network systemd-timesync systemd-resolve systemd-journal sshd input sgx kvm render crontab netdev`)

// checkUser is stricter than useradd(8), which takes names that programs trip
// over.
func checkUser(name string) error {
	switch {
	case name == "":
		return errors.New("the user needs a name, such as anna")
	case name == "root":
		return errors.New("root is there already; go back to give root the password")
	case slices.Contains(taken, name):
		return fmt.Errorf("the system has an account or a group %s of its own; choose another name", name)
	case len(name) > 32:
		return fmt.Errorf("a user's name has at most 32 letters; this one has %d", len(name))
	case name[0] != '_' && (name[0] < 'a' || name[0] > 'z'):
		return errors.New("a user's name begins with a small letter a-z")
	case strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "":
		return errors.New("a user's name is made of small letters a-z, digits, - and _")
	}
	return nil
}

// checkFullName keeps out what would end the field in /etc/passwd.
func checkFullName(name string) error {
	switch {
	case strings.ContainsAny(name, ":,"):
		return errors.New("a full name holds no colon and no comma: they divide the fields of /etc/passwd")
	case !printable(name):
		return errors.New("the full name holds what cannot be shown")
	case len(name) > 100:
		return errors.New("a full name has at most 100 letters")
	}
	return nil
}

// checkPassword is for one that is typed.
func checkPassword(password, again string) error {
	switch {
	case password == "":
		return errors.New("type a password")
	case !printable(password):
		return errors.New("the password holds what cannot be typed at every login")
	case len(password) > 200:
		return errors.New("a password has at most 200 letters")
	case password != again:
		return errors.New("the two passwords differ; type both again")
	}
	return nil
}

// shortPassword is what is warned about, once.
const shortPassword = 8

func checkHash(hash string) error {
	if !strings.HasPrefix(hash, "$6$") || strings.Trim(hash, letters+"$=") != "" {
		return errors.New("there is no password")
	}
	return nil
}

// keyTypes are those that OpenSSH takes for logging in.
var keyTypes = []string{"ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
	"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"}

// checkKey reads a public key as it stands in a .pub file: type, the key in
// base64, which begins with its type again (RFC 4253 §6.6), a comment.
func checkKey(text string) error {
	words := strings.Fields(text)
	switch {
	case !printable(text):
		return errors.New("the key is one line: the content of a .pub file")
	case strings.Contains(text, "PRIVATE KEY"):
		return errors.New("this is a private key; paste the content of the .pub file beside it")
	case len(words) < 2:
		return errors.New("a key has a type and a long word: ssh-ed25519 AAAA... anna@example.org")
	case words[0] == "ssh-dss":
		return errors.New("OpenSSH takes no DSA keys any more; make one with ssh-keygen -t ed25519")
	case !slices.Contains(keyTypes, words[0]):
		return fmt.Errorf("%s is no type of key; write one that begins with ssh-ed25519, ssh-rsa or ecdsa-sha2", clip(words[0]))
	}
	blob, err := base64.StdEncoding.DecodeString(words[1])
	if err != nil {
		return errors.New("the key is damaged: it is not base64; paste the whole line")
	}
	kind, rest, ok := field(blob)
	parts := 0
	for ; ok && len(rest) > 0; parts++ {
		_, rest, ok = field(rest)
	}
	switch {
	case !ok || parts == 0:
		return errors.New("the key is not whole; paste the whole line")
	case string(kind) != words[0]:
		return fmt.Errorf("the line says %s, but the key is of the type %s", words[0], clip(string(kind)))
	}
	return nil
}

// field takes a string with its length before it off a key.
func field(b []byte) (value, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := binary.BigEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return nil, nil, false
	}
	return b[4 : 4+n], b[4+n:], true
}

func checkZone(name string) error {
	if name == "" || strings.Trim(name, letters+"_-+") != "" || strings.Contains(name, "..") {
		return fmt.Errorf("%q is no time zone; choose one such as Europe/Berlin", clip(name))
	}
	return nil
}

// checkCard takes a name, a MAC address or link.
func checkCard(name string) error {
	if mac, err := net.ParseMAC(name); err == nil && len(mac) == 6 {
		return nil
	}
	switch {
	case name == "":
		return errors.New("write the card's name, such as ens3, or its MAC address")
	case len(name) > 15 || name[0] == '-' || name[0] == '.' || strings.Trim(name, letters+"_-") != "" || strings.Contains(name, "/"):
		return fmt.Errorf("%q is no network card; write a name such as ens3, or a MAC address such as 52:54:00:12:34:56", clip(name))
	}
	return nil
}

// parseAddress reads 192.0.2.10/24.
func parseAddress(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	switch {
	case text == "":
		return p, errors.New("write the address with its prefix, such as 192.0.2.10/24")
	case err == nil && (p.Addr().IsUnspecified() || p.Addr().IsLoopback() || p.Addr().IsMulticast()):
		return p, fmt.Errorf("%s cannot be a machine's address", p.Addr())
	case err == nil && p.Bits() == 0:
		return p, errors.New("a network of prefix /0 is everything; write /24 for 255.255.255.0")
	case err == nil && p.Addr().Is4() && p.Bits() < 31 && (p.Masked().Addr() == p.Addr() || last(p) == p.Addr()):
		return p, fmt.Errorf("%s is the network's own address or its broadcast address", p.Addr())
	case err == nil:
		return p, nil
	}
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return p, fmt.Errorf("add the length of the network's prefix: %s/%d", a, map[bool]int{true: 24, false: 64}[a.Is4()])
	}
	return p, fmt.Errorf("%q is no address; write one such as 192.0.2.10/24", clip(text))
}

// last is the highest address of an IPv4 network: the broadcast address.
func last(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().As4()
	n := binary.BigEndian.Uint32(b[:]) | 1<<(32-p.Bits()) - 1
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

// parseGateway reads the gateway of an address; empty is none.
func parseGateway(text string, own netip.Prefix) (netip.Addr, error) {
	if text == "" {
		return netip.Addr{}, nil
	}
	a, err := netip.ParseAddr(text)
	switch {
	case err != nil || a.Zone() != "":
		return netip.Addr{}, fmt.Errorf("the gateway %q is no address; write one such as 192.0.2.1", clip(text))
	case a.Is4() != own.Addr().Is4():
		return netip.Addr{}, errors.New("the gateway and the address are of different families")
	case a == own.Addr():
		return netip.Addr{}, errors.New("the gateway is another machine: its address cannot be this one's")
	case !own.Contains(a) && !a.IsLinkLocalUnicast():
		return netip.Addr{}, fmt.Errorf("the gateway %s is not in the network %s", a, own.Masked())
	}
	return a, nil
}

// parseServers reads addresses that blanks or commas divide.
func parseServers(text string) ([]netip.Addr, error) {
	var all []netip.Addr
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		a, err := netip.ParseAddr(word)
		if err != nil || a.Zone() != "" {
			return nil, fmt.Errorf("the name server %q is no address; write addresses with commas between them", clip(word))
		}
		all = append(all, a)
	}
	return all, nil
}

func parseVLAN(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 4094 {
		return 0, fmt.Errorf("%q is no VLAN: it has a number from 1 to 4094", clip(text))
	}
	return n, nil
}

// printable reports whether a text is one line that can be shown.
func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// clip shortens what stands in a message.
func clip(text string) string {
	if r := []rune(text); len(r) > 30 {
		return string(r[:30]) + "..."
	}
	return text
}
