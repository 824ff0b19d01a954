// Package wizard asks a person at a terminal what the installer has to know, and
// writes the answers as a kickstart. There is one way to install: what the wizard
// gives is run like any other kickstart.
//
// The basis is a kickstart of the medium. What the questions are about is
// replaced in it; every other line stays, byte for byte: packages, scripts,
// services, firewall, language.
//
// The package looks at nothing and changes nothing: what the machine has comes as
// plain Facts, and keys and screen are a reader and a writer. It draws by moving
// the cursor up over what it drew before, without an alternate screen, a mouse or
// questions to the terminal, so that a serial line at 80 by 24 will do.
package wizard

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"slices"

	"cdbuilder/kickstart"
)

// ErrLeft is what Ask gives when the person went away without a yes.
var ErrLeft = errors.New("left without installing")

// Facts are what there is to choose from.
type Facts struct {
	Product string // what is installed, as a person calls it
	Bases   []Basis
	Disks   []Disk
	Cards   []Card
	Zones   []string // time zones, sorted
}

// Basis is a kickstart that the answers are put into.
type Basis struct {
	Title  string // as in the boot menu
	Name   string // of the file, as it stands in messages
	Text   []byte // in one piece: what it includes is in it
	Syntax kickstart.Syntax
	// Sudo says that the system will have the package sudo. SudoOffered, that
	// the medium has it, so that it can be added.
	Sudo, SudoOffered bool
}

// Disk is one of the machine's.
type Disk struct {
	Name   string // below /dev: sda
	Size   string // for a person: 20 GiB
	Model  string
	Serial string
	Holds  string // what is on it, for a person
	// ID is its name below /dev, as the kickstart is to say it: one that stays
	// when disks are added, disk/by-id/…, or Name where there is none.
	ID string
	// Names are all names below /dev by which a kickstart may mean it.
	Names []string
	// Unusable says why nothing can be installed on it; empty where it can.
	Unusable string
}

// Card is a network card.
type Card struct {
	Name string // ens3
	MAC  string
	Link bool // a cable is in it
}

// Answers are what the person said.
type Answers struct {
	Disk     Disk
	Hostname string
	// User is the account that is made, with sudo, root being locked; empty:
	// root gets the password.
	User string
	// FullName goes into the account's comment field.
	FullName string
	Hash     string // of the password, as in /etc/shadow
	Key      string // a line of authorized_keys for the user; may be empty
	Network  Network
	Zone     string
}

// Network is the settings of one network card.
type Network struct {
	Device string // link: the first with a cable; a name, or a MAC address
	VLAN   int    // 0: none
	// Address is fixed, and DHCP asked where there is none.
	Address netip.Prefix
	Gateway netip.Addr // may be missing
	DNS     []netip.Addr
}

// Options are how to ask.
type Options struct {
	// Random is where the salt of the password's hash comes from.
	Random io.Reader
	// Check says why a kickstart could not be carried out on this machine, and
	// changes nothing. Nil: that is found when it is run.
	Check func(text []byte) error
	// Colour says that the terminal shows colours and the person wants them.
	Colour bool
	// Width and Height of the terminal in letters; 0 is 80 by 24.
	Width, Height int
}

// Ask asks, and gives the answers and the basis that they are for, once the
// person has typed yes. Keys are read from in, one by one: the terminal must
// hand each over as it is pressed, and show none of them.
func Ask(ctx context.Context, in *Keys, out io.Writer, facts Facts, opts Options) (Answers, Basis, error) {
	usable := slices.ContainsFunc(facts.Disks, func(d Disk) bool { return d.Unusable == "" })
	switch {
	case len(facts.Disks) == 0:
		return Answers{}, Basis{}, errors.New("this machine has no disk to install on")
	case !usable:
		return Answers{}, Basis{}, errors.New("this machine has no disk to install on: " + whyNot(facts.Disks))
	}
	if len(facts.Bases) == 0 {
		facts.Bases = []Basis{Own("")}
	}
	m := newModel(facts, opts)
	if err := run(ctx, m, in, out); err != nil {
		return Answers{}, Basis{}, err
	}
	if !m.confirmed {
		return Answers{}, Basis{}, ErrLeft
	}
	return m.draft.Answers, m.draft.basis(), nil
}

func whyNot(disks []Disk) string {
	text := ""
	for i, d := range disks {
		if i > 0 {
			text += "; "
		}
		text += d.Name + ": " + d.Unusable
	}
	return text
}
