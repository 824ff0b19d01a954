package iso9660

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

const (
	// maxName is what Linux's isofs reads of a Rock Ridge name: it drops a name
	// whose NM fields add up to 254 bytes or more.
	maxName = 253
	// maxTarget is what libisofs reads of a symbolic link's target: xorriso
	// refuses an image with a longer one. Linux would read 4095 bytes.
	maxTarget = 1023
	// maxBootEntries keeps the catalog, with a section header for each entry,
	// within one sector.
	maxBootEntries = 31
)

// Validate reports everything that is wrong with the options by themselves.
// Plan also reports what does not fit the entries.
func (o Options) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if o.VolumeID == "" || len(o.VolumeID) > 32 || strings.Trim(o.VolumeID, labelCharacters) != "" {
		fault("volume label %q must have 1 to 32 characters of A-Z, a-z, 0-9, _, . and -", o.VolumeID)
	}
	for _, s := range []struct {
		field, value string
		limit        int
	}{
		{"system identifier", o.SystemID, 32}, {"volume set", o.VolumeSet, 128}, {"publisher", o.Publisher, 128},
		{"preparer", o.Preparer, 128}, {"application", o.Application, 128},
	} {
		if len(s.value) > s.limit {
			fault("%s has %d bytes, more than %d", s.field, len(s.value), s.limit)
		}
		if strings.ContainsFunc(s.value, func(r rune) bool { return r < ' ' || r > '~' }) {
			fault("%s %q holds a character that is not printable ASCII", s.field, s.value)
		}
	}
	if year := o.Time.UTC().Year(); year < 1970 || year > 2155 {
		fault("time %s: ISO 9660 and Unix together know the years 1970 to 2155", o.Time.UTC().Format("2006-01-02"))
	}
	if o.ElTorito != nil {
		faults = append(faults, o.ElTorito.validate()...)
	}
	if o.Hybrid != nil {
		faults = append(faults, o.Hybrid.validate(o.ElTorito)...)
	}
	return errors.Join(faults...)
}

const labelCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

func (e *ElTorito) validate() (faults []error) {
	if err := validatePath(e.CatalogPath); err != nil {
		faults = append(faults, fmt.Errorf("boot catalog: %w", err))
	}
	if len(e.Entries) == 0 || len(e.Entries) > maxBootEntries {
		faults = append(faults, fmt.Errorf("boot catalog has %d entries; it holds 1 to %d", len(e.Entries), maxBootEntries))
	}
	return faults
}

func (h *Hybrid) validate(boot *ElTorito) (faults []error) {
	if n := len(h.MBRCode); n != 0 && n != mbrCodeSize {
		faults = append(faults, fmt.Errorf("the hybrid MBR code has %d bytes; isohdpfx.bin has %d", n, mbrCodeSize))
	}
	if len(h.MBRCode) != 0 && (boot == nil || len(boot.Entries) == 0 || boot.Entries[0].Platform != BIOS) {
		faults = append(faults, errors.New("the hybrid MBR boots the default entry of the boot catalog, which is not a BIOS entry"))
	}
	return faults
}

// validate reports what is wrong with the entry by itself.
func (e *Entry) validate() error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s: "+format, append([]any{e.Path}, args...)...))
	}
	if err := validatePath(e.Path); err != nil {
		faults = append(faults, err)
	}
	if e.Mode.IsRegular() {
		if e.Size < 0 {
			fault("size %d is negative", e.Size)
		}
		if e.Size > 0 && e.Open == nil {
			fault("has %d bytes but no way to open it", e.Size)
		}
		if digest, err := hex.DecodeString(e.SHA256); err != nil || len(digest) != 0 && len(digest) != 32 {
			fault("SHA-256 digest %q must have 64 hexadecimal digits", e.SHA256)
		}
		return errors.Join(faults...)
	}
	if e.Size != 0 || e.Open != nil || e.SHA256 != "" || e.BootInfoTable {
		fault("only a regular file has content")
	}
	switch e.Mode.Type() {
	case fs.ModeDir:
	case fs.ModeSymlink:
		if e.Target == "" || len(e.Target) > maxTarget || strings.ContainsRune(e.Target, 0) {
			fault("symbolic link's target has %d bytes; it must have 1 to %d and no zero byte", len(e.Target), maxTarget)
		}
	default:
		fault("mode %v is neither a file, a directory nor a symbolic link", e.Mode)
	}
	return errors.Join(faults...)
}

// validatePath says why p can't be the path of an entry.
func validatePath(p string) error {
	if !fs.ValidPath(p) || p == "." {
		return fmt.Errorf("path %q must be UTF-8, relative and free of empty, . and .. components", p)
	}
	if strings.ContainsFunc(p, func(r rune) bool { return r < ' ' || r == 0x7F }) {
		return fmt.Errorf("path %q holds a control character", p)
	}
	for name := range strings.SplitSeq(p, "/") {
		if len(name) > maxName {
			return fmt.Errorf("path %q: the name of %d bytes is longer than the %d that Linux reads", p, len(name), maxName)
		}
	}
	return nil
}
