package storage

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Release switches off what the plan's execution switched on: volume groups,
// LUKS containers, arrays. What is not on is no failure. Unmount comes before.
func (p *Plan) Release(ctx context.Context, t Tools) error {
	var errs []error
	off := func(device string, argv ...string) {
		if _, err := os.Stat(device); err == nil {
			errs = append(errs, t.Run(ctx, argv, nil))
		}
	}
	volumes := p.Volumes()
	for i := len(p.Groups) - 1; i >= 0; i-- {
		g := p.Groups[i]
		for _, l := range g.Volumes {
			if l.Crypt != nil {
				off(l.Device(), "cryptsetup", "close", "--", l.Crypt.Name())
			}
		}
		for _, l := range g.Volumes {
			if _, err := os.Stat(l.Path); err == nil {
				errs = append(errs, t.Run(ctx, g.lvm("vgchange", "--activate", "n", "--", g.Name), nil))
				break
			}
		}
	}
	for i := len(volumes) - 1; i >= 0; i-- {
		if c := volumes[i].Crypt; c != nil {
			off("/dev/mapper/"+c.Name(), "cryptsetup", "close", "--", c.Name())
		}
	}
	for _, a := range slices.Backward(p.Arrays) {
		for _, device := range a.assembled() {
			off(device, "mdadm", "--stop", "--quiet", device)
		}
	}
	return errors.Join(append(errs, dropLinks())...)
}

// assembled gives the devices that the array's members are part of now. They
// may have another name than the plan's, where a rescue system assembled them.
func (a *Array) assembled() []string {
	var all []string
	for _, m := range a.Members {
		holders, _ := os.ReadDir(filepath.Join("/sys/class/block", filepath.Base(m.Path), "holders"))
		for _, h := range holders {
			if device := "/dev/" + h.Name(); strings.HasPrefix(h.Name(), "md") && !slices.Contains(all, device) {
				all = append(all, device)
			}
		}
	}
	return all
}

// dropLinks removes the links in /dev/md to arrays that are off, as udev
// would: mdadm takes a name that is there for one in use.
func dropLinks() error {
	links, err := os.ReadDir("/dev/md")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var errs []error
	for _, l := range links {
		link := filepath.Join("/dev/md", l.Name())
		target, err := os.Readlink(link)
		if err != nil {
			continue // no link
		}
		state, err := os.ReadFile(filepath.Join("/sys/class/block", filepath.Base(target), "md/array_state"))
		if err != nil || strings.TrimSpace(string(state)) == "clear" {
			errs = append(errs, os.Remove(link))
		}
	}
	return errors.Join(append(errs, err)...)
}
