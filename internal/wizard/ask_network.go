package wizard

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// askCard asks for the network card.
type askCard struct{ list list }

func (q *askCard) topic() string       { return "network" }
func (q *askCard) title(*draft) string { return "Network card" }
func (q *askCard) asked(*draft) bool   { return true }
func (q *askCard) help(d *draft) string {
	if len(d.facts.Cards) == 0 {
		return "The installer itself needs no network and carries no drivers for its cards, so none is listed."
	}
	return ""
}
func (q *askCard) lines(s styles, height int) []string { return q.list.lines(s, height) }

func (q *askCard) begin(d *draft, _ styles) {
	q.list = list{rows: []row{{text: "The first card with a cable in it", detail: "In the kickstart: --device=link"}}}
	for _, c := range d.facts.Cards {
		text := c.Name + "  " + c.MAC
		if c.Link {
			text += "  with a cable"
		}
		q.list.rows = append(q.list.rows, row{text: text})
	}
	q.list.rows = append(q.list.rows, row{text: "A card that I name"})
	at := slices.IndexFunc(d.facts.Cards, func(c Card) bool { return c.Name == d.Network.Device || c.MAC == d.Network.Device })
	switch {
	case d.Network.Device == "link":
		at = 0
	case at < 0:
		at = len(q.list.rows) - 1
	default:
		at++
	}
	q.list.choose(at)
}

func (q *askCard) key(k tea.KeyMsg, d *draft) (move, error) {
	m, wrong := q.list.key(k)
	if m != next {
		return m, wrong
	}
	n := q.list.chosen()
	d.other = n == len(q.list.rows)-1
	switch {
	case n == 0:
		d.Network.Device = "link"
	case !d.other:
		d.Network.Device = d.facts.Cards[n-1].Name
	}
	return next, nil
}

// askCardName asks for the name of a card that isn't listed.
type askCardName struct{ form *form }

func (q *askCardName) topic() string       { return "network" }
func (q *askCardName) title(*draft) string { return "Name of the network card" }
func (q *askCardName) asked(d *draft) bool { return d.other }
func (q *askCardName) help(*draft) string {
	return "As the installed system will call it, such as ens3; or its MAC address, such as 52:54:00:12:34:56."
}
func (q *askCardName) lines(styles, int) []string { return q.form.lines() }

func (q *askCardName) begin(d *draft, s styles) {
	value := d.Network.Device
	if value == "link" {
		value = ""
	}
	q.form = newForm(s, formField{name: "Card", value: value})
}

func (q *askCardName) key(k tea.KeyMsg, d *draft) (move, error) {
	if m := q.form.key(k); m != next {
		return m, nil
	}
	if err := checkCard(q.form.value(0)); err != nil {
		return stay, err
	}
	d.Network.Device = q.form.value(0)
	return next, nil
}

// askMethod asks where the address comes from.
type askMethod struct{ list list }

func (q *askMethod) topic() string                       { return "network" }
func (q *askMethod) title(*draft) string                 { return "Address" }
func (q *askMethod) asked(*draft) bool                   { return true }
func (q *askMethod) help(*draft) string                  { return "" }
func (q *askMethod) lines(s styles, height int) []string { return q.list.lines(s, height) }

func (q *askMethod) begin(d *draft, _ styles) {
	q.list = list{rows: []row{{text: "From the network, by DHCP"}, {text: "A fixed one"}, {text: "By DHCP, on a VLAN"}, {text: "A fixed one, on a VLAN"}}}
	at := 0
	if d.fixed {
		at++
	}
	if d.vlan {
		at += 2
	}
	q.list.choose(at)
}

func (q *askMethod) key(k tea.KeyMsg, d *draft) (move, error) {
	m, wrong := q.list.key(k)
	if m == next {
		n := q.list.chosen()
		d.fixed, d.vlan = n&1 != 0, n&2 != 0
	}
	return m, wrong
}

// askAddress asks for the addresses, and the VLAN.
type askAddress struct {
	form   *form
	fields []string
}

func (q *askAddress) topic() string       { return "network" }
func (q *askAddress) title(*draft) string { return "Addresses" }
func (q *askAddress) asked(d *draft) bool { return d.fixed || d.vlan }
func (q *askAddress) help(d *draft) string {
	if !d.fixed {
		return "The VLAN's number is from 1 to 4094."
	}
	return "The address with its prefix: 192.0.2.10/24. Gateway and name servers may stay empty; commas divide several name servers."
}
func (q *askAddress) lines(styles, int) []string { return q.form.lines() }

// The fields, by their names.
const (
	fieldVLAN    = "VLAN"
	fieldAddress = "Address/prefix"
	fieldGateway = "Gateway"
	fieldServers = "Name servers"
)

func (q *askAddress) begin(d *draft, s styles) {
	var fields []formField
	n := d.Network
	if d.vlan {
		fields = append(fields, formField{name: fieldVLAN, value: orEmpty(n.VLAN > 0, strconv.Itoa(n.VLAN))})
	}
	if d.fixed {
		fields = append(fields,
			formField{name: fieldAddress, value: orEmpty(n.Address.IsValid(), n.Address.String())},
			formField{name: fieldGateway, value: orEmpty(n.Gateway.IsValid(), n.Gateway.String())},
			formField{name: fieldServers, value: join(n.DNS)})
	}
	q.fields = nil
	for _, f := range fields {
		q.fields = append(q.fields, f.name)
	}
	q.form = newForm(s, fields...)
}

func orEmpty(there bool, text string) string {
	if !there {
		return ""
	}
	return text
}

func (q *askAddress) key(k tea.KeyMsg, d *draft) (move, error) {
	if m := q.form.key(k); m != next {
		return m, nil
	}
	n := d.Network
	for i, name := range q.fields {
		var err error
		switch value := q.form.value(i); name {
		case fieldVLAN:
			n.VLAN, err = parseVLAN(value)
		case fieldAddress:
			n.Address, err = parseAddress(value)
		case fieldGateway:
			n.Gateway, err = parseGateway(value, n.Address)
		case fieldServers:
			n.DNS, err = parseServers(value)
		}
		if err != nil {
			q.form.focus(i)
			return stay, err
		}
	}
	d.Network = n
	return next, nil
}

// String says the settings to a person.
func (n Network) String() string {
	device := n.Device
	if device == "link" {
		device = "first card with a cable"
	}
	parts := []string{device}
	if n.VLAN > 0 {
		parts = append(parts, fmt.Sprintf("VLAN %d", n.VLAN))
	}
	if !n.Address.IsValid() {
		return strings.Join(append(parts, "DHCP"), ", ")
	}
	parts = append(parts, n.Address.String())
	if n.Gateway.IsValid() {
		parts = append(parts, "gateway "+n.Gateway.String())
	}
	if len(n.DNS) > 0 {
		parts = append(parts, "DNS "+join(n.DNS))
	}
	return strings.Join(parts, ", ")
}
