package rootfs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
)

// policy keeps invoke-rc.d and deb-systemd-invoke from starting services:
// 101 says "not allowed" (Policy §9.3.3.1).
const (
	policy     = "usr/sbin/policy-rc.d"
	policyText = "#!/bin/sh\nexit 101\n"
	filterFile = "etc/dpkg/dpkg.cfg.d/90-excluded"
)

// quieten puts in place what keeps the target's scripts from acting on a running
// system, and what dpkg is to know of files left out.
func (in *installation) quieten() error {
	if _, err := in.root.Lstat(policy); errors.Is(err, fs.ErrNotExist) {
		if err := in.writeFile(policy, []byte(policyText), 0o755); err != nil {
			return fmt.Errorf("keeping services from starting: %w", err)
		}
		in.added = append(in.added, policy)
	}
	if len(in.filter) > 0 {
		if err := in.root.MkdirAll("etc/dpkg/dpkg.cfg.d", 0o755); err != nil {
			return err
		}
		if err := in.writeFile(filterFile, in.filter.config(), 0o644); err != nil {
			return fmt.Errorf("telling dpkg what is left out: %w", err)
		}
	}
	return nil
}

// tidy removes what quieten added, and what is a machine's own.
func (in *installation) tidy() error {
	var faults []error
	for _, name := range in.added {
		if err := in.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			faults = append(faults, err)
		}
	}
	faults = append(faults, in.dropIdentity())
	return errors.Join(append(faults, in.markAutomatic())...)
}

// dropIdentity leaves the machine's identity to its first start: systemd gives an
// empty file a value, and D-Bus takes that one where it has none of its own.
func (in *installation) dropIdentity() error {
	var faults []error
	if info, err := in.root.Lstat("etc/machine-id"); err == nil && info.Mode().IsRegular() {
		faults = append(faults, in.root.WriteFile("etc/machine-id", nil, 0o444))
	}
	if info, err := in.root.Lstat("var/lib/dbus/machine-id"); err == nil && info.Mode().IsRegular() {
		faults = append(faults, in.root.Remove("var/lib/dbus/machine-id"))
	}
	return errors.Join(faults...)
}

// markAutomatic tells apt which packages are there for others' sake.
func (in *installation) markAutomatic() error {
	var b bytes.Buffer
	for _, p := range in.plan.pkgs {
		if p.Auto {
			fmt.Fprintf(&b, "Package: %s\nArchitecture: %s\nAuto-Installed: 1\n\n", p.Name, in.Arch)
		}
	}
	if b.Len() == 0 {
		return nil
	}
	if err := in.root.MkdirAll("var/lib/apt", 0o755); err != nil {
		return err
	}
	return in.writeFile("var/lib/apt/extended_states", b.Bytes(), 0o644)
}
