package stage2

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Device is a block device, and what is on it.
type Device struct {
	Name      string // below /dev: sda1
	Disk      string // the disk that a partition is part of; else Name
	Partition bool
	Optical   bool
	Size      int64  // bytes
	Model     string // what its maker calls it, where it tells
	Volume    Volume
	Err       error // why it could not be read
}

// String describes the device to a person: /dev/sr0 (QEMU DVD-ROM, 650 MiB).
func (d Device) String() string {
	facts := []string{}
	if d.Model != "" {
		facts = append(facts, d.Model)
	}
	facts = append(facts, size(d.Size))
	return fmt.Sprintf("/dev/%s (%s)", d.Name, strings.Join(facts, ", "))
}

// content says what was found on the device.
func (d Device) content() string {
	switch {
	case d.Err != nil:
		return "cannot be read: " + d.Err.Error()
	case d.Volume.Type == "":
		return "no file system that holds a medium"
	case len(d.Volume.Labels) == 0:
		return d.Volume.Type + " without a label"
	}
	return d.Volume.Type + ", label " + strings.Join(d.Volume.Labels, " or ")
}

// skipped are kinds of block devices on which no medium can be. Reading a
// floppy drive without a disk takes many seconds.
var skipped = []string{"ram", "loop", "zram", "fd", "dm-", "md", "nbd"}

// scan reads all block devices, in the order of their names.
func (s *System) scan() ([]Device, error) {
	entries, err := os.ReadDir(s.path("/sys/class/block"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("list block devices: %w", err)
	}
	var devices []Device
	for _, e := range entries {
		if slices.ContainsFunc(skipped, func(p string) bool { return strings.HasPrefix(e.Name(), p) }) {
			continue
		}
		if d, ok := s.inspect(e.Name()); ok {
			devices = append(devices, d)
		}
	}
	slices.SortFunc(devices, func(a, b Device) int {
		return cmp.Or(strings.Compare(a.Disk, b.Disk), len(a.Name)-len(b.Name), strings.Compare(a.Name, b.Name))
	})
	return devices, nil
}

// inspect reads one device. A drive without a disc in it is none.
func (s *System) inspect(name string) (Device, bool) {
	dir := s.path("/sys/class/block/" + name)
	sectors, _ := strconv.ParseInt(line(dir, "size"), 10, 64)
	if sectors <= 0 {
		return Device{}, false
	}
	d := Device{Name: name, Disk: name, Size: sectors * 512, Optical: strings.HasPrefix(name, "sr")}
	if line(dir, "partition") != "" {
		d.Partition = true
		// /sys/class/block/sda1 leads to …/block/sda/sda1.
		if place, err := filepath.EvalSymlinks(dir); err == nil {
			d.Disk = filepath.Base(filepath.Dir(place))
			dir = filepath.Dir(place)
		}
	}
	d.Model = strings.Join(strings.Fields(line(dir, "device/vendor")+" "+line(dir, "device/model")), " ")
	if strings.HasPrefix(d.Model, "0x") { // virtio's vendor is a number
		d.Model = ""
	}
	f, err := os.Open(s.path("/dev/" + name))
	if err != nil {
		d.Err = err
		return d, true
	}
	defer f.Close()
	if v, ok := probe(f); ok {
		d.Volume = v
	}
	return d, true
}

// line reads a file of one line; empty when there is none.
func line(dir, name string) string {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// size writes a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
