package target

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"cdbuilder/internal/run"
)

// Config is everything that will be written and run, in its order.
type Config struct {
	Steps []Step
}

// Step is a part of the work that a person has a word for.
type Step struct {
	Name    string // "network", "boot loader"
	Actions []Action
	// Beside lets the steps that follow be done at the same time: they write
	// nothing that this one reads.
	Beside bool
	// Last waits until all steps before are done.
	Last bool
}

// Action is one thing to do: a File, Link, Removal, Edit, Zone, Locales, UpdateGRUB,
// Command, Group, Account, Password, Keys or Service. Its String is a line, or lines, for a
// person, without secrets.
type Action interface {
	fmt.Stringer
	do(ctx context.Context, a *applier) error
}

// Secret is text that does not print: a password's hash.
type Secret string

// String hides it.
func (Secret) String() string { return "(secret)" }

// GoString hides it from %#v.
func (Secret) GoString() string { return "(secret)" }

// MarshalText hides it from JSON.
func (Secret) MarshalText() ([]byte, error) { return []byte("(secret)"), nil }

// File is written anew, whatever was there. Its directory is made where it is
// missing.
type File struct {
	Path string // absolute in the target
	Mode fs.FileMode
	Data string
	// Hidden keeps the data out of what is printed.
	Hidden bool
}

// Link is a symbolic link, in place of whatever was there.
type Link struct{ Path, Target string }

// Removal removes what a pattern of path.Match fits; that nothing does is fine.
type Removal struct{ Pattern string }

// Edit replaces lines of a file that is there; without the file it does nothing.
type Edit struct {
	Path  string
	Match string // regular expression for a whole line
	With  string // may hold $0, $1
}

// Zone sets the time zone, where tzdata has it.
type Zone struct{ Name string }

// Locales has locale-gen make what /etc/locale.gen lists.
type Locales struct{ Names []string }

// UpdateGRUB has update-grub write grub.cfg, in which the kernel is told the root's
// UUID.
type UpdateGRUB struct{}

// Command runs in the target.
type Command struct {
	Argv  []string // Argv[0] without directories is looked for in sbin and bin
	Stdin string
	// Or is run instead when it fails; that is told as a warning.
	Or []string
	// Else, where it is not empty, says what a failure means: it is then told as
	// a warning, and the work goes on.
	Else string
}

// Group is a group that there will be.
type Group struct {
	Name string
	GID  string // a number; empty: the next free one
}

// Account is a user to be made.
type Account struct {
	Name, UID, GID, Home, Shell, Comment string
	Groups                               []string
}

// Password sets an account's password.
type Password struct {
	Account string
	Hash    Secret // as in /etc/shadow; empty: none fits
	Lock    bool
}

// Keys adds public keys to an account's authorized_keys.
type Keys struct {
	Account string
	Lines   []string
}

// Service is a unit that starts at boot, or does not.
type Service struct {
	Name   string // as the kickstart has it: ssh, or ssh.service
	Enable bool
}

// String is the whole configuration for a person, secrets left out.
func (c *Config) String() string {
	var b strings.Builder
	for _, s := range c.Steps {
		fmt.Fprintf(&b, "%s\n", s.Name)
		for _, a := range s.Actions {
			fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(a.String(), "\n", "\n  "))
		}
	}
	return b.String()
}

func (f File) String() string {
	head := fmt.Sprintf("write %s, mode %04o", f.Path, f.Mode.Perm())
	if f.Hidden {
		return head + ", " + fmt.Sprint(len(f.Data)) + " bytes"
	}
	text := strings.TrimSuffix(f.Data, "\n")
	if text == "" {
		return head + ", empty"
	}
	return head + "\n  | " + strings.ReplaceAll(text, "\n", "\n  | ")
}

func (UpdateGRUB) String() string { return "run update-grub" }
func (l Locales) String() string  { return "make the locales " + strings.Join(l.Names, ", ") }
func (z Zone) String() string     { return "set the time zone " + z.Name }
func (l Link) String() string     { return "link " + l.Path + " -> " + l.Target }
func (r Removal) String() string  { return "remove " + r.Pattern }
func (e Edit) String() string {
	return fmt.Sprintf("in %s make every line %s into %s", e.Path, e.Match, e.With)
}

func (c Command) String() string {
	text := "run " + run.Quote(c.Argv)
	if c.Stdin != "" {
		text += ", reading\n  | " + strings.ReplaceAll(strings.TrimSuffix(c.Stdin, "\n"), "\n", "\n  | ")
	}
	if len(c.Or) > 0 {
		text += "\n  or else " + run.Quote(c.Or)
	}
	return text
}

func (g Group) String() string { return "make the group " + run.Quote(g.argv()[1:]) }

func (g Group) argv() []string {
	argv := []string{"groupadd"}
	if g.GID != "" {
		argv = append(argv, "--gid", g.GID)
	}
	return append(argv, "--", g.Name)
}

func (a Account) String() string { return "make the account " + run.Quote(a.argv()[1:]) }

// argv is useradd's command line, once the groups are there.
func (a Account) argv() []string {
	argv := []string{"useradd", "--create-home", "--shell", a.Shell}
	for _, o := range [][2]string{{"--uid", a.UID}, {"--home-dir", a.Home}, {"--comment", a.Comment}, {"--groups", strings.Join(a.Groups, ",")}} {
		if o[1] != "" {
			argv = append(argv, o[0], o[1])
		}
	}
	if a.GID != "" {
		argv = append(argv, "--gid", a.Name)
	}
	return append(argv, "--", a.Name)
}

func (p Password) String() string {
	switch {
	case p.Lock && p.Hash == "":
		return "lock the password of " + p.Account + ", which has none"
	case p.Lock:
		return "set and lock the password of " + p.Account
	}
	return "set the password of " + p.Account
}

func (k Keys) String() string {
	return "let in as " + k.Account + ":\n  | " + strings.Join(k.Lines, "\n  | ")
}

func (s Service) String() string {
	if s.Enable {
		return "enable the service " + s.Name
	}
	return "disable the service " + s.Name
}
