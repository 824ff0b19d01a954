// Package oemdrv writes the small volume by which a machine gets its kickstart
// without a boot argument: an ISO 9660 image of the volume label OEMDRV with
// the file ks.cfg. Anaconda looks for it by that label, and so does our stage2.
//
// The image is ECMA-119, level 2 in the length of its names, and is written by
// github.com/kdomanski/iso9660. That library knows no Rock Ridge, no Joliet and
// no path tables; file names are stored in lower case, which ECMA-119 does not
// allow and Linux shows as they are. It stamps the volume with the time of
// writing, the files with the year 1, and names the system it runs on. WriteTo
// corrects all that in the finished image, so that the same volume is the same
// bytes everywhere.
package oemdrv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/kdomanski/iso9660"
)

// Label is the volume label that installers look for.
const Label = "OEMDRV"

// Kickstart is the file's name at the top of the volume.
const Kickstart = "ks.cfg"

// MaxSize is the most that all files of a volume may hold, in bytes. The image
// is put together in memory.
const MaxSize = 64 << 20

// Volume is what the image holds.
type Volume struct {
	Kickstart []byte
	// Files are further files at the top of the volume, by their names: letters
	// in lower case, digits and _, with one dot at most, 28 characters.
	Files map[string][]byte
	// Time is when the volume and all its files say that they were made. From
	// 1970 to 2155; parts of a second are dropped.
	Time time.Time
}

// What the library leaves as it is, and every file system of Linux shows so.
var nameForm = regexp.MustCompile(`^[a-z0-9_]{1,19}(\.[a-z0-9_]{1,8})?$`)

// Validate reports all faults of the volume.
func (v *Volume) Validate() error {
	var faults []error
	if len(bytes.TrimSpace(v.Kickstart)) == 0 {
		faults = append(faults, errors.New("the kickstart is empty"))
	}
	size := len(v.Kickstart)
	for _, name := range slices.Sorted(maps.Keys(v.Files)) {
		size += len(v.Files[name])
		switch {
		case name == Kickstart:
			faults = append(faults, fmt.Errorf("%s is the kickstart's own name", name))
		case !nameForm.MatchString(name):
			faults = append(faults, fmt.Errorf("%q cannot be a file's name on the volume: write a-z, 0-9 and _, 19 at most, and a dot with up to 8 more", name))
		}
	}
	if size > MaxSize {
		faults = append(faults, fmt.Errorf("%d bytes are more than the %d that a volume may hold", size, MaxSize))
	}
	if year := v.Time.UTC().Year(); year < 1970 || year > 2155 {
		faults = append(faults, fmt.Errorf("the year %d is not one that ISO 9660 can say; it can from 1970 to 2155", year))
	}
	return errors.Join(faults...)
}

// WriteTo writes the image.
func (v *Volume) WriteTo(w io.Writer) (int64, error) {
	if err := v.Validate(); err != nil {
		return 0, err
	}
	image, err := v.draft()
	if err == nil {
		err = v.correct(image)
	}
	if err != nil {
		return 0, fmt.Errorf("write the volume %s: %w", Label, err)
	}
	n, err := w.Write(image)
	return int64(n), err
}

// draft is the image as the library writes it.
func (v *Volume) draft() (image []byte, err error) {
	iso, err := iso9660.NewWriter()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, iso.Cleanup()) }()
	if err := iso.AddFile(bytes.NewReader(v.Kickstart), Kickstart); err != nil {
		return nil, err
	}
	for name, data := range v.Files {
		if err := iso.AddFile(bytes.NewReader(data), name); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if err := iso.WriteTo(&b, Label); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

const sector = 2048

// correct replaces what depends on the hour and the machine, and what is wrong:
// the dates (ECMA-119 §8.4.26.1, §9.1.5), the name of the system (§8.4.5) and
// the rest of the last sector of each file, which the library fills with what
// its buffer last held.
func (v *Volume) correct(image []byte) error {
	if len(image) < 19*sector || string(image[16*sector:][:6]) != "\x01CD001" {
		return errors.New("the library wrote no volume descriptor where there must be one")
	}
	t := v.Time.UTC()
	pvd := image[16*sector:][:sector]
	copy(pvd[8:40], fmt.Sprintf("%-32s", "LINUX"))
	made := append([]byte(t.Format("20060102150405")+"00"), 0)
	for _, at := range []int{813, 830, 864} { // created, modified, effective
		copy(pvd[at:], made)
	}
	copy(pvd[847:], append(bytes.Repeat([]byte("0"), 16), 0)) // it does not expire
	root := pvd[156:190]
	stamp(root, t)
	start, size := extent(root)
	if start+size > len(image) {
		return errors.New("the library wrote a directory beyond the image")
	}
	for at := start; at < start+size; {
		length := int(image[at])
		if length == 0 { // records don't cross sectors
			at += sector - at%sector
			continue
		}
		record := image[at : at+length]
		stamp(record, t)
		if from, n := extent(record); record[25]&2 == 0 {
			end := from + n
			clear(image[end : (end+sector-1)/sector*sector])
		}
		at += length
	}
	return nil
}

// extent is where the content of a directory record is, and how long, in bytes.
func extent(record []byte) (start, size int) {
	return int(binary.LittleEndian.Uint32(record[2:])) * sector, int(binary.LittleEndian.Uint32(record[10:]))
}

func stamp(record []byte, t time.Time) {
	copy(record[18:25], []byte{byte(t.Year() - 1900), byte(t.Month()), byte(t.Day()), byte(t.Hour()), byte(t.Minute()), byte(t.Second()), 0})
}
