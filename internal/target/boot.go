package target

import (
	"slices"
	"strconv"
	"strings"

	"cdbuilder/kickstart/language"
)

// The GRUB of Debian that firmware with Secure Boot takes looks for its
// configuration in EFI/debian: it can have no other name.
const efiName = "debian"

// bootLoader sets GRUB up: its configuration, its images on disks or in the EFI
// system partition, the firmware's entries; and its menu, which lists the kernels
// with the initramfs of each.
func (p *planner) bootLoader() (images, menu []Action) {
	s := p.Last("bootloader")
	if s == nil {
		s = &language.Statement{}
	}
	if s.Has("--disabled") {
		return nil, nil
	}
	missing := false
	for _, name := range p.facts.loader() {
		if !p.facts.has(name) {
			p.refuse(said(s), "the boot loader needs the package %s, which is not installed; add it to %%packages, or write bootloader --disabled", name)
			missing = true
		}
	}
	if missing {
		return nil, nil
	}
	all := append(p.defaults(s), p.bootPassword(s)...)
	all = append(all, p.answers(s)...)
	if p.writesSector(s) {
		if p.facts.UEFI {
			all = append(all, p.installEFI(s)...)
		} else {
			all = append(all, p.installBIOS(s)...)
		}
	} else {
		all = append(all, Command{Argv: []string{"mkdir", "-p", "/boot/grub"}})
	}
	return all, []Action{UpdateGRUB{}}
}

// said is the statement, or nil where the kickstart has none.
func said(s *language.Statement) *language.Statement {
	if s.Node == nil {
		return nil
	}
	return s
}

func (p *planner) writesSector(s *language.Statement) bool {
	return s.Get("--location") != "none" && !s.Has("--nombr")
}

// installBIOS puts GRUB on every disk that the BIOS may start from: behind the
// partition table, in the BIOS boot partition or the gap; or into the partition
// that holds /boot.
func (p *planner) installBIOS(s *language.Statement) []Action {
	argv := []string{"grub-install", "--target=i386-pc"}
	if l := s.Get("--location"); l == "partition" || l == "boot" {
		if p.facts.BootPartition == "" {
			p.refuse(said(s), "--location=%s: it is not known here which partition /boot is on", l)
			return nil
		}
		return []Action{Command{Argv: append(argv, "--force", "--", p.facts.BootPartition)}}
	}
	if len(p.facts.Boot) == 0 {
		p.refuse(said(s), "there is no disk to put the boot loader on")
	}
	var all []Action
	for _, disk := range p.facts.Boot {
		all = append(all, Command{Argv: append(slices.Clone(argv), "--", disk)})
	}
	return all
}

// installEFI puts shim and GRUB into EFI/debian and, for firmware that forgets its
// entries, into EFI/BOOT.
func (p *planner) installEFI(s *language.Statement) []Action {
	argv := []string{"grub-install", "--target=x86_64-efi", "--efi-directory=/boot/efi", "--bootloader-id=" + efiName, "--force-extra-removable"}
	quiet := append(slices.Clone(argv), "--no-nvram")
	if len(p.facts.ESP) == 1 && !s.Has("--leavebootorder") {
		return []Action{Command{Argv: argv, Or: quiet}}
	}
	// grub-install knows neither several ESPs nor an entry out of the order.
	all := []Action{Command{Argv: quiet}}
	create := "--create"
	if s.Has("--leavebootorder") {
		create = "--create-only"
	}
	for i, esp := range p.facts.ESP {
		label := efiName
		if i > 0 {
			label += " " + strconv.Itoa(i+1)
		}
		all = append(all, Command{
			Argv: []string{"efibootmgr", "--quiet", create, "--disk", esp.Disk, "--part", strconv.Itoa(esp.Number), "--label", label, "--loader", `\EFI\` + efiName + `\shimx64.efi`},
			Else: "the firmware has no entry for " + label + "; it starts EFI/BOOT/BOOTX64.EFI",
		})
	}
	return all
}

// answers tells debconf what GRUB's packages will ask when they are upgraded.
func (p *planner) answers(s *language.Statement) []Action {
	var text string
	switch {
	case p.facts.has("grub-pc") && p.writesSector(s) && len(p.facts.Boot) > 0:
		text = "grub-pc grub-pc/install_devices multiselect " + strings.Join(p.facts.Boot, ", ") + "\n"
	case p.facts.has("grub-efi-amd64"):
		text = "grub-efi-amd64 grub2/force_efi_extra_removable boolean true\ngrub-efi-amd64 grub2/update_nvram boolean " +
			strconv.FormatBool(!s.Has("--leavebootorder")) + "\n"
	default:
		return nil
	}
	return []Action{Command{Argv: []string{"debconf-set-selections"}, Stdin: text, Else: "an upgrade of GRUB's packages will ask where it is installed"}}
}

// bootPassword lets only those edit entries who know the password; everybody may
// start them. The hash is in a file for root alone, since update-grub leaves
// grub.cfg readable.
func (p *planner) bootPassword(s *language.Statement) []Action {
	text, crypted := s.Get("--password"), s.Has("--iscrypted")
	if old := s.Get("--md5pass"); old != "" {
		text, crypted = old, true
	}
	if text == "" {
		return nil
	}
	hash := Secret(text)
	if !crypted {
		var err error
		if hash, err = hashGRUB(p.facts.Random, text); err != nil {
			p.fault = err
		}
	} else if !strings.HasPrefix(text, "grub.pbkdf2.") || strings.Trim(text[5:], "pbkdf.shaABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		p.refuse(said(s), "--iscrypted: GRUB takes the hashes that grub-mkpasswd-pbkdf2 makes: grub.pbkdf2.sha512.…")
		return nil
	}
	script := "#!/bin/sh\n" + p.head() + `cat <<'EOF'
if [ -f ${prefix}/user.cfg ]; then
  source ${prefix}/user.cfg
fi
if [ -n "${GRUB2_PASSWORD}" ]; then
  set superusers="root"
  export superusers
  password_pbkdf2 root ${GRUB2_PASSWORD}
  menuentry_id_option="--unrestricted ${menuentry_id_option}"
  export menuentry_id_option
fi
EOF
`
	return []Action{
		File{Path: "/boot/grub/user.cfg", Mode: 0o600, Data: "GRUB2_PASSWORD=" + string(hash) + "\n", Hidden: true},
		File{Path: "/etc/grub.d/01_password", Mode: 0o755, Data: script},
	}
}
