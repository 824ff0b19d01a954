package isotree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"cdbuilder/internal/fat"
	"cdbuilder/internal/iso9660"
)

// Bounds on EFI system partitions: how many are looked into, and how much of
// two of them is compared.
const (
	maxESPs        = 8
	maxESPCompared = 2 << 30 // bytes
)

// An espImage is an EFI system partition of the medium, by whatever leads
// there: a file, a boot catalog entry, a partition. One that several lead to is
// one copy and cannot differ from itself.
type espImage struct {
	from   []string
	start  int64 // byte
	length int64 // up to which it may extend, bytes
	fat    *fat.FS
	err    error
}

func (e *espImage) name() string { return e.from[0] }

func isESPName(p string) bool {
	switch strings.ToLower(path.Base(p)) {
	case "efiboot.img", "efi.img", "uefi.img", "efi-boot.img":
		return true
	}
	return false
}

// efi checks every EFI system partition, and that all of them are the same.
func (v *verifier) efi(ctx context.Context) error {
	v.findESPs()
	for _, e := range v.esps {
		e.fat, e.err = fat.Open(io.NewSectionReader(v.r, e.start, e.length), e.length)
		v.espRow(e)
	}
	return v.compareESPs(ctx)
}

// findESPs collects what is, or claims to be, an EFI system partition.
func (v *verifier) findESPs() {
	for _, f := range v.files.files {
		if isESPName(f.path) && f.size > 0 {
			v.addESP(f.path, v.bytesAt(f.block), f.size)
		}
	}
	if v.catalog != nil {
		for i, image := range v.catalog.Images {
			if image.Platform == iso9660.UEFI {
				start, length := v.bytesAt(image.Block), v.size
				if f, ok := v.files.find(v.files.at(image.Block)); ok {
					length = f.size
				}
				v.addESP(fmt.Sprintf("El Torito entry %d", i+1), start, length)
			}
		}
	}
	for _, p := range v.espPartitions() {
		v.addESP(p.name, p.start, p.length)
	}
}

// addESP notes an image; length is cut to what the file holds. What starts
// beyond its end is reported by the checks of catalog and partitions.
func (v *verifier) addESP(from string, start, length int64) {
	length = min(length, v.size-start)
	if length <= 0 {
		return
	}
	for _, e := range v.esps {
		if e.start == start {
			e.from = append(e.from, from)
			e.length = max(e.length, length)
			return
		}
	}
	if len(v.esps) < maxESPs {
		v.esps = append(v.esps, &espImage{from: []string{from}, start: start, length: length})
	}
}

// espRow says what an image is.
func (v *verifier) espRow(e *espImage) {
	detail := ""
	if len(e.from) > 1 {
		detail = ", also " + strings.Join(e.from[1:], ", ")
	}
	if e.err != nil {
		v.add("efi", e.name(), VerdictFail, "at byte %d%s: %v", e.start, detail, e.err)
		return
	}
	files := 0
	err := fs.WalkDir(e.fat, ".", func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
		}
		return err
	})
	switch {
	case err != nil:
		v.add("efi", e.name(), VerdictFail, "%v", err)
	case !hasLoader(e.fat):
		v.add("efi", e.name(), VerdictWarn, "FAT%d%s; no EFI/BOOT/BOOT….EFI, which firmware starts", e.fat.Bits(), detail)
	default:
		v.add("efi", e.name(), VerdictOK, "FAT%d, %s%s", e.fat.Bits(), plural(files, "file", "files"), detail)
	}
}

// hasLoader looks for what firmware starts by itself (UEFI 2.10 §3.5.1.1).
func hasLoader(f *fat.FS) bool {
	list, err := f.ReadDir("EFI/BOOT")
	return err == nil && slices.ContainsFunc(list, func(d fs.DirEntry) bool {
		n := strings.ToUpper(d.Name())
		return strings.HasPrefix(n, "BOOT") && strings.HasSuffix(n, ".EFI")
	})
}

// compareESPs holds all copies to the one that the boot catalog names, or else
// the first. A copy that was left behind when another was edited is the classic
// way in which a medium boots from CD and not from USB.
func (v *verifier) compareESPs(ctx context.Context) error {
	var sound []*espImage
	for _, e := range v.esps {
		if e.err == nil {
			sound = append(sound, e)
		}
	}
	switch {
	case len(v.esps) == 0:
		v.add("efi", "copies", VerdictNone, "no EFI system partition")
		return nil
	case len(v.esps) == 1:
		v.add("efi", "copies", VerdictOK, "one, by whatever leads there")
		return nil
	case len(sound) < 2:
		return nil
	}
	isMain := func(e *espImage) bool {
		return slices.ContainsFunc(e.from, func(s string) bool { return strings.HasPrefix(s, "El Torito") })
	}
	main := sound[max(0, slices.IndexFunc(sound, isMain))]
	for _, e := range sound {
		if e == main {
			continue
		}
		differ, err := v.compareESP(ctx, main, e)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch check := "copy: " + e.name(); {
		case err != nil:
			v.add("efi", check, VerdictFail, "comparing with %s: %v", main.name(), err)
		case len(differ) > 0:
			v.add("efi", check, VerdictFail, "stale: differs from %s in %s", main.name(), summary(differ))
		default:
			v.add("efi", check, VerdictOK, "holds the same as %s", main.name())
		}
	}
	return nil
}

// compareESP gives the files in which two images differ.
func (v *verifier) compareESP(ctx context.Context, a, b *espImage) (differ []string, err error) {
	size := a.fat.Size()
	if size == b.fat.Size() && size <= maxESPCompared {
		same, err := sameContent(ctx, io.NewSectionReader(v.r, a.start, size), io.NewSectionReader(v.r, b.start, size))
		if err != nil || same {
			return nil, err
		}
	}
	budget := int64(maxESPCompared)
	names := map[string]bool{}
	for _, f := range []*fat.FS{a.fat, b.fat} {
		err := fs.WalkDir(f, ".", func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				names[strings.ToLower(p)] = true
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for _, p := range slices.Sorted(maps.Keys(names)) {
		same, err := sameFile(ctx, a.fat, b.fat, p, &budget)
		if err != nil {
			return differ, err
		}
		if !same {
			differ = append(differ, p)
		}
	}
	return differ, nil
}

// sameFile compares one file of two images. The budget bounds what hostile
// images, whose files share their clusters, cost.
func sameFile(ctx context.Context, a, b fs.FS, p string, budget *int64) (bool, error) {
	x, err := fs.Stat(a, p)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	y, err2 := fs.Stat(b, p)
	if errors.Is(err2, fs.ErrNotExist) {
		return false, nil
	}
	if err := errors.Join(err, err2); err != nil || x.Size() != y.Size() || x.IsDir() != y.IsDir() {
		return false, err
	}
	if *budget -= x.Size(); *budget < 0 {
		return false, fmt.Errorf("the files have more than %d bytes", maxESPCompared)
	}
	f, err := a.Open(p)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }() // only read
	g, err := b.Open(p)
	if err != nil {
		return false, err
	}
	defer func() { _ = g.Close() }() // only read
	return sameContent(ctx, f, g)
}

// sameContent compares two streams.
func sameContent(ctx context.Context, a, b io.Reader) (bool, error) {
	x, y := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		n, err := io.ReadFull(a, x)
		m, err2 := io.ReadFull(b, y)
		if !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		for _, e := range []error{err, err2} {
			if e != nil && !errors.Is(e, io.EOF) && !errors.Is(e, io.ErrUnexpectedEOF) {
				return false, e
			}
		}
		if err != nil || err2 != nil {
			return true, nil
		}
	}
}

// summary names the first few of a list.
func summary(names []string) string {
	const few = 4
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}
