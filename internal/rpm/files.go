package rpm

import "fmt"

// The types and bits of a file's mode, as stat(2) has them.
const (
	modeType    = 0o170000
	modeDir     = 0o040000
	modeRegular = 0o100000
	modeSymlink = 0o120000
)

// FileFlags say what a file is to its package (rpmfiles.h).
type FileFlags uint32

// The flags of files.
const (
	FileConfig    FileFlags = 1 << 0
	FileDoc       FileFlags = 1 << 1
	FileMissingOK FileFlags = 1 << 3 // a %config that may be missing
	FileNoReplace FileFlags = 1 << 4 // a %config that stays as its owner left it
	FileSpec      FileFlags = 1 << 5 // a source package's spec
	FileGhost     FileFlags = 1 << 6 // not in the payload
	FileLicense   FileFlags = 1 << 7
	FileReadme    FileFlags = 1 << 8
	FilePubKey    FileFlags = 1 << 11
	FileArtifact  FileFlags = 1 << 12
)

// FileInfo is what a header says of one file.
type FileInfo struct {
	Path     string
	Mode     uint32 // type, permissions and set-id bits of stat(2)
	Size     int64  // bytes
	ModTime  int64  // seconds since 1970
	User     string
	Group    string
	Digest   string // of the content, hexadecimal, by Header.DigestAlgo; empty for what has none
	LinkTo   string // a symbolic link's target
	Flags    FileFlags
	Verify   uint32 // what rpm -V compares
	RDev     uint32 // a device's numbers
	Device   uint32 // with Inode: which files are one
	Inode    uint32
	Lang     string
	Caps     string // as cap_from_text(3) reads it
	Original string // where Path was before a relocation; else empty
}

// Regular reports whether it is a regular file.
func (f *FileInfo) Regular() bool { return f.Mode&modeType == modeRegular }

// IsDir reports whether it is a directory.
func (f *FileInfo) IsDir() bool { return f.Mode&modeType == modeDir }

// Symlink reports whether it is a symbolic link.
func (f *FileInfo) Symlink() bool { return f.Mode&modeType == modeSymlink }

// fileNames joins the directories and names of the header's files.
func (h *Header) fileNames() ([]string, error) {
	if h.Has(TagOldFileNames) && !h.Has(TagBaseNames) {
		return h.Texts(TagOldFileNames), nil
	}
	return h.joinNames(TagBaseNames, TagDirNames, TagDirIndexes)
}

func (h *Header) joinNames(base, dir, index Tag) ([]string, error) {
	bases, dirs, indexes := h.Texts(base), h.Texts(dir), h.Numbers(index)
	if len(bases) != len(indexes) {
		return nil, fmt.Errorf("%w: %d names of files in tag %d, %d directories to them in tag %d", ErrFormat, len(bases), base, len(indexes), index)
	}
	// A few directories hold many files: what they come to together is bound
	// here, for a header could name one of a megabyte a million times.
	const maxNames = 256 << 20
	total := 0
	for i := range bases {
		if indexes[i] >= uint64(len(dirs)) {
			return nil, fmt.Errorf("%w: file %q lies in directory %d of %d", ErrFormat, bases[i], indexes[i], len(dirs))
		}
		if total += len(dirs[indexes[i]]) + len(bases[i]); total > maxNames {
			return nil, fmt.Errorf("%w: its files' names have more than %d bytes", ErrFormat, maxNames)
		}
		bases[i] = dirs[indexes[i]] + bases[i]
	}
	return bases, nil
}

// Files gives all that the header says of the package's files, in its order.
func (h *Header) Files() ([]FileInfo, error) {
	names, err := h.fileNames()
	if err != nil {
		return nil, err
	}
	out := make([]FileInfo, len(names))
	for i := range out {
		out[i].Path = names[i]
	}
	if err := h.fileNumbers(out); err != nil {
		return nil, err
	}
	if err := h.fileTexts(out); err != nil {
		return nil, err
	}
	if h.Has(TagOrigBaseNames) {
		original, err := h.joinNames(TagOrigBaseNames, TagOrigDirNames, TagOrigDirIndexes)
		if err != nil {
			return nil, err
		}
		for i := range min(len(original), len(out)) {
			if original[i] != out[i].Path {
				out[i].Original = original[i]
			}
		}
	}
	return out, nil
}

func (h *Header) fileNumbers(out []FileInfo) error {
	sizes := TagFileSizes
	if h.Has(TagLongFileSizes) {
		sizes = TagLongFileSizes
	}
	for _, field := range []struct {
		tag Tag
		set func(*FileInfo, uint64)
	}{
		{sizes, func(f *FileInfo, n uint64) { f.Size = int64(n) }},
		{TagFileModes, func(f *FileInfo, n uint64) { f.Mode = uint32(n) & 0xffff }},
		{TagFileMTimes, func(f *FileInfo, n uint64) { f.ModTime = int64(n) }},
		{TagFileFlags, func(f *FileInfo, n uint64) { f.Flags = FileFlags(n) }},
		{TagFileVerifyFlags, func(f *FileInfo, n uint64) { f.Verify = uint32(n) }},
		{TagFileRDevs, func(f *FileInfo, n uint64) { f.RDev = uint32(n) }},
		{TagFileDevices, func(f *FileInfo, n uint64) { f.Device = uint32(n) }},
		{TagFileInodes, func(f *FileInfo, n uint64) { f.Inode = uint32(n) }},
	} {
		values := h.Numbers(field.tag)
		if err := perFile(field.tag, len(values), len(out)); err != nil {
			return err
		}
		for i, n := range values {
			field.set(&out[i], n)
		}
	}
	for i := range out {
		if out[i].Size < 0 {
			return fmt.Errorf("%w: %s has %d bytes", ErrFormat, out[i].Path, out[i].Size)
		}
	}
	return nil
}

func (h *Header) fileTexts(out []FileInfo) error {
	for _, field := range []struct {
		tag Tag
		set func(*FileInfo, string)
	}{
		{TagFileUserName, func(f *FileInfo, s string) { f.User = s }},
		{TagFileGroupName, func(f *FileInfo, s string) { f.Group = s }},
		{TagFileDigests, func(f *FileInfo, s string) { f.Digest = s }},
		{TagFileLinkTos, func(f *FileInfo, s string) { f.LinkTo = s }},
		{TagFileLangs, func(f *FileInfo, s string) { f.Lang = s }},
		{TagFileCaps, func(f *FileInfo, s string) { f.Caps = s }},
	} {
		values := h.Texts(field.tag)
		if err := perFile(field.tag, len(values), len(out)); err != nil {
			return err
		}
		for i, s := range values {
			field.set(&out[i], s)
		}
	}
	return nil
}

// perFile holds a tag's number of values to the number of files.
func perFile(tag Tag, values, files int) error {
	if values != 0 && values != files {
		return fmt.Errorf("%w: tag %d has %d values for %d files", ErrFormat, tag, values, files)
	}
	return nil
}
