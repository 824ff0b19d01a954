package rpm

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// formatVersion is the rpm whose format the package has.
const formatVersion = "4.18.0"

// WriteFile writes the package under its final name once it is complete. The
// same Build gives the same bytes.
func (b *Build) WriteFile(name string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("writing package %s: %w", b.NEVRA(), err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := b.Write(f); err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync(), f.Close(), os.Rename(f.Name(), name)); err != nil {
		return fmt.Errorf("writing package %s: %w", b.NEVRA(), err)
	}
	return nil
}

// Write writes the package from f's start. What the headers must say of the
// payload is known in the end, so they are written last; f must be empty.
func (b *Build) Write(f io.ReadWriteSeeker) error {
	if err := b.Validate(); err != nil {
		return err
	}
	if err := b.write(f); err != nil {
		return fmt.Errorf("writing package %s: %w", b.NEVRA(), err)
	}
	return nil
}

func (b *Build) write(f io.ReadWriteSeeker) error {
	contents := slices.Clone(b.Contents)
	slices.SortFunc(contents, func(x, y Content) int { return cmp.Compare(x.Path, y.Path) })
	at := time.Unix(b.BuildTime, 0).UTC()
	start, err := headerStart(b.Signer, at)
	if err != nil {
		return err
	}
	// Digests are all of one length: what stands in for them has it, too.
	blank := strings.Repeat("0", 2*sha256.Size)
	guess := &packed{digests: make([]string, len(contents)), sum: blank, alt: blank}
	for i := range contents {
		if contents[i].regular() && contents[i].Flags&FileGhost == 0 {
			guess.digests[i] = blank
		}
	}
	length := len(b.mainHeader(contents, guess))
	if _, err := f.Seek(start+int64(length), io.SeekStart); err != nil {
		return err
	}
	found, err := pack(f, contents, b.compressed, b.large())
	if err != nil {
		return err
	}
	main := b.mainHeader(contents, found)
	if len(main) != length {
		return fmt.Errorf("the header has %d bytes, %d were foreseen", len(main), length)
	}
	sig, err := signatureHeader(nil, main, found.unpacked, payloadFrom(f, start+int64(length)), b.Signer, at, start)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err = f.Write(slices.Concat(b.lead(), sig, main))
	return err
}

// payloadFrom gives the payload from its start, each time it is called.
func payloadFrom(f io.ReadSeeker, start int64) func() (io.Reader, error) {
	return func() (io.Reader, error) {
		_, err := f.Seek(start, io.SeekStart)
		return f, err
	}
}

func (b *Build) lead() []byte {
	lead := make([]byte, leadSize)
	copy(lead, leadMagic)
	lead[4] = 3 // version 3.0, as rpm 4 has always written
	lead[9] = 1 // architecture and
	copy(lead[10:75], b.Name+"-"+b.EVR.Version+"-"+b.EVR.Release)
	lead[77] = 1 // system, which nobody reads
	lead[79] = 5 // signatures stand in a header
	return lead
}

// mainHeader writes the header of the package.
func (b *Build) mainHeader(contents []Content, p *packed) []byte {
	var f fields
	f.texts(TagI18NTable, []string{"C"})
	f.text(TagName, b.Name)
	f.text(TagVersion, b.EVR.Version)
	f.text(TagRelease, b.EVR.Release)
	if n, err := strconv.ParseUint(b.EVR.Epoch, 10, 32); err == nil {
		f.int32s(TagEpoch, uint32(n))
	}
	f.local(TagSummary, b.Summary)
	f.local(TagDescription, cmp.Or(b.Description, b.Summary))
	f.local(TagGroup, cmp.Or(b.Group, "Unspecified"))
	f.int32s(TagBuildTime, uint32(b.BuildTime))
	f.text(TagBuildHost, cmp.Or(b.BuildHost, "localhost"))
	f.text(TagVendor, b.Vendor)
	f.text(TagLicense, b.License)
	f.text(TagPackager, b.Packager)
	f.text(TagURL, b.URL)
	f.text(TagOS, "linux")
	f.text(TagArch, b.Arch)
	// Without one, rpm takes it for a source package.
	f.text(TagSourceRPM, cmp.Or(b.SourceRPM, b.Name+"-"+b.EVR.Version+"-"+b.EVR.Release+".src.rpm"))
	f.text(TagRPMVersion, formatVersion)
	f.text(TagEncoding, "utf-8")
	f.deps(provideTags, b.provides())
	f.deps(requireTags, b.requires())
	f.deps(conflictTags, b.Conflicts)
	f.deps(obsoleteTags, b.Obsoletes)
	f.deps(recommendTags, b.Recommends)
	f.deps(suggestTags, b.Suggests)
	f.deps(supplementTags, b.Supplements)
	f.deps(enhanceTags, b.Enhances)
	b.scripts(&f)
	b.changes(&f)
	fileFields(&f, contents, p.digests, b.large())
	f.text(TagPayloadFormat, "cpio")
	compressor, level := b.payloadFlags()
	f.text(TagPayloadCompressor, compressor)
	f.text(TagPayloadFlags, level)
	f.texts(TagPayloadSHA256, []string{p.sum})
	f.texts(TagPayloadSHA256Alt, []string{p.alt})
	f.int32s(TagPayloadDigestAlgo, digestSHA256)
	return f.encode(TagRegionImmutable)
}

// digestSHA256 is OpenPGP's number of the algorithm.
const digestSHA256 = 8

func (b *Build) changes(f *fields) {
	var names, texts []string
	var times []uint32
	for _, c := range b.Changelog {
		names, texts, times = append(names, c.Author), append(texts, c.Text), append(times, uint32(c.Time))
	}
	f.int32s(TagChangelogTime, times...)
	f.texts(TagChangelogName, names)
	f.texts(TagChangelogText, texts)
}

// fileFields writes what the header says of the files.
func fileFields(f *fields, contents []Content, digests []string, large bool) {
	var t fileTable
	total := int64(0)
	for i := range contents {
		t.add(&contents[i], digests[i])
		if contents[i].regular() && contents[i].Flags&FileGhost == 0 {
			total += contents[i].Size
		}
	}
	f.size(TagSize, TagLongSize, total)
	if len(contents) == 0 {
		return
	}
	if large {
		f.int64s(TagLongFileSizes, t.sizes...)
	} else {
		small := make([]uint32, len(t.sizes))
		for i, n := range t.sizes {
			small[i] = uint32(n)
		}
		f.int32s(TagFileSizes, small...)
	}
	f.int16s(TagFileModes, t.modes)
	f.int16s(TagFileRDevs, t.rdevs)
	f.int32s(TagFileMTimes, t.times...)
	f.texts(TagFileDigests, t.digests)
	f.texts(TagFileLinkTos, t.links)
	f.int32s(TagFileFlags, t.flags...)
	f.int32s(TagFileVerifyFlags, t.verify...)
	f.texts(TagFileUserName, t.users)
	f.texts(TagFileGroupName, t.groups)
	f.int32s(TagFileDevices, t.devices...)
	f.int32s(TagFileInodes, t.inodes...)
	f.texts(TagFileLangs, t.langs)
	f.int32s(TagDirIndexes, t.dirIndexes...)
	f.texts(TagBaseNames, t.bases)
	f.texts(TagDirNames, t.dirs)
	f.int32s(TagFileDigestAlgo, digestSHA256)
	if t.capable {
		f.texts(TagFileCaps, t.caps)
	}
}

// fileTable is the columns of what a header says of files.
type fileTable struct {
	sizes                                                   []uint64
	modes, rdevs                                            []uint16
	times, flags, verify, devices, inodes, dirIndexes       []uint32
	digests, links, users, groups, langs, caps, bases, dirs []string
	capable                                                 bool
}

// verifyAll asks rpm -V to compare everything; of a ghost, not the content.
const verifyAll, verifyGhost = 0xffffffff, 0xffffffff &^ (1<<0 | 1<<1 | 1<<2 | 1<<5)

func (t *fileTable) add(c *Content, digest string) {
	t.sizes = append(t.sizes, uint64(c.length()))
	t.modes, t.rdevs = append(t.modes, uint16(c.Mode)), append(t.rdevs, uint16(c.RDev))
	t.times, t.flags = append(t.times, uint32(c.ModTime)), append(t.flags, uint32(c.Flags))
	verify := uint32(verifyAll)
	if c.Flags&FileGhost != 0 {
		verify = verifyGhost
	}
	t.verify = append(t.verify, verify)
	t.devices, t.inodes = append(t.devices, 1), append(t.inodes, uint32(len(t.inodes)+1))
	t.digests, t.links, t.langs = append(t.digests, digest), append(t.links, c.LinkTo), append(t.langs, "")
	t.users, t.groups = append(t.users, cmp.Or(c.User, "root")), append(t.groups, cmp.Or(c.Group, "root"))
	t.caps, t.capable = append(t.caps, c.Caps), t.capable || c.Caps != ""
	dir, base := path.Split(c.Path)
	i := slices.Index(t.dirs, dir)
	if i < 0 {
		i = len(t.dirs)
		t.dirs = append(t.dirs, dir)
	}
	t.dirIndexes, t.bases = append(t.dirIndexes, uint32(i)), append(t.bases, base)
}

func hexOf(sum []byte) string { return hex.EncodeToString(sum) }
