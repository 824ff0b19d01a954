package isotree

import (
	"crypto/md5" //nolint:gosec // md5sum.txt is what Debian media carry; SHA-256 is what we rely on
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Tree is the medium's content while it is rolled up: build/isotree, and beside
// it build/isotree.d with one manifest a step. Only what a manifest lists goes
// onto the ISO, so that whatever a killed step left behind never does.
type Tree struct {
	root *os.Root // the build directory
	dir  string
}

// File is one file of the tree as a manifest records it.
type File struct {
	Path   string      `toml:"path"` // slash separated, below the medium's root
	Mode   fs.FileMode `toml:"mode"` // 0644 or 0755
	Size   int64       `toml:"size"` // bytes
	SHA256 string      `toml:"sha256"`
	MD5    string      `toml:"md5"`
	Step   string      `toml:"-"`
}

type manifest struct {
	File []File `toml:"file"`
}

const (
	treeDir     = "isotree"
	manifestDir = "isotree.d"
)

// Open opens the tree below a build directory, which it makes where needed.
func Open(build string) (*Tree, error) {
	if err := os.MkdirAll(build, 0o777); err != nil {
		return nil, fmt.Errorf("build directory: %w", err)
	}
	root, err := os.OpenRoot(build)
	if err != nil {
		return nil, fmt.Errorf("build directory: %w", err)
	}
	for _, dir := range []string{treeDir, manifestDir} {
		if err := root.MkdirAll(dir, 0o777); err != nil {
			return nil, errors.Join(fmt.Errorf("build directory: %w", err), root.Close())
		}
	}
	return &Tree{root: root, dir: build}, nil
}

// Close lets go of the build directory.
func (t *Tree) Close() error { return t.root.Close() }

// Open opens one of the tree's files for reading.
func (t *Tree) Open(name string) (*os.File, error) {
	return t.root.Open(path.Join(treeDir, name))
}

// Files lists what all steps put into the tree, sorted by path. A path that two
// steps claim is an error.
func (t *Tree) Files() ([]File, error) {
	all, err := t.all()
	if err != nil {
		return nil, err
	}
	var faults []error
	for i := 1; i < len(all); i++ {
		if a, b := all[i-1], all[i]; a.Path == b.Path {
			faults = append(faults, fmt.Errorf("/%s is put on the medium by %s and by %s; rename one", a.Path, a.Step, b.Step))
		}
	}
	return all, errors.Join(faults...)
}

// all reads every manifest, and sorts what they list by path.
func (t *Tree) all() ([]File, error) {
	names, err := fs.Glob(t.root.FS(), manifestDir+"/*.toml")
	if err != nil {
		return nil, err
	}
	var all []File
	for _, name := range names {
		files, err := t.manifest(strings.TrimSuffix(path.Base(name), ".toml"))
		if err != nil {
			return nil, err
		}
		all = append(all, files...)
	}
	slices.SortStableFunc(all, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// claimed holds every path that some step's manifest lists.
func (t *Tree) claimed() (map[string]bool, error) {
	files, err := t.all()
	paths := make(map[string]bool, len(files))
	for _, f := range files {
		paths[f.Path] = true
	}
	return paths, err
}

// Step lists what one step put into the tree; nothing when it has not run.
func (t *Tree) Step(step string) ([]File, error) { return t.manifest(step) }

func (t *Tree) manifest(step string) ([]File, error) {
	name := path.Join(manifestDir, step+".toml")
	data, err := t.root.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := toml.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%s: %w; delete it and run make again", filepath.Join(t.dir, name), err)
	}
	for i := range m.File {
		m.File[i].Step = step
		if !fs.ValidPath(m.File[i].Path) {
			return nil, fmt.Errorf("%s: %q is not a path on the medium; delete the manifest and run make again", filepath.Join(t.dir, name), m.File[i].Path)
		}
	}
	return m.File, nil
}

// Layer is one step's share of the tree, while the step runs.
type Layer struct {
	t     *Tree
	step  string
	tmp   string
	old   map[string]File
	files map[string]File
	done  bool // the manifest is written
}

// Begin starts a step's layer. What an earlier, broken run of the step left
// half-written is removed.
func (t *Tree) Begin(step string) (*Layer, error) {
	l := &Layer{t: t, step: step, tmp: path.Join(manifestDir, "tmp-"+step), files: make(map[string]File), old: make(map[string]File)}
	was, err := t.manifest(step)
	if err != nil {
		return nil, err
	}
	for _, f := range was {
		l.old[f.Path] = f
	}
	if err := t.root.RemoveAll(l.tmp); err != nil {
		return nil, fmt.Errorf("step %s: %w", step, err)
	}
	if err := t.root.MkdirAll(l.tmp, 0o777); err != nil {
		return nil, fmt.Errorf("step %s: %w", step, err)
	}
	return l, nil
}

// WriteFile puts a small file into the tree. mode is 0644, or 0755 for what is run.
func (l *Layer) WriteFile(name string, mode fs.FileMode, data []byte) error {
	return l.Write(name, mode, func(w io.Writer) error { _, err := w.Write(data); return err })
}

// Write puts a file into the tree, with what content writes.
func (l *Layer) Write(name string, mode fs.FileMode, content func(io.Writer) error) (err error) {
	if err := l.claim(name, mode); err != nil {
		return err
	}
	f, err := l.t.root.OpenFile(l.temp(name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return fmt.Errorf("writing /%s: %w", name, err)
	}
	sum := newDigest()
	err = content(io.MultiWriter(f, sum))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing /%s: %w", name, err)
	}
	return l.place(name, sum.file(name, mode))
}

// Link puts a file of the cache into the tree: as a hard link where the file
// system allows, else as a copy. sum is its SHA-256, which the caller has
// verified; a file that is in the tree already with that digest is left alone.
func (l *Layer) Link(name string, mode fs.FileMode, source, sum string) error {
	if err := l.claim(name, mode); err != nil {
		return err
	}
	if was, ok := l.old[name]; ok && was.SHA256 == sum && was.Mode == mode && l.same(name, source) {
		l.files[name] = was
		return nil
	}
	temp := l.temp(name)
	err := os.Link(source, filepath.Join(l.t.dir, temp))
	linked := err == nil
	src, err := os.Open(source)
	if err != nil {
		return fmt.Errorf("placing /%s: %w", name, err)
	}
	defer src.Close()
	digest := newDigest()
	var dst io.Writer = digest
	if !linked {
		f, err := l.t.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
		if err != nil {
			return fmt.Errorf("placing /%s: %w", name, err)
		}
		defer f.Close()
		dst = io.MultiWriter(f, digest)
	}
	if _, err := io.Copy(dst, src); err != nil {
		return fmt.Errorf("placing /%s: %w", name, err)
	}
	f := digest.file(name, mode)
	if f.SHA256 != sum {
		return fmt.Errorf("placing /%s: the cached file %s is damaged (SHA-256 %s, should be %s); delete it and run make again", name, source, f.SHA256, sum)
	}
	return l.place(name, f)
}

// same reports whether the tree's file is the very file source, or as long.
func (l *Layer) same(name, source string) bool {
	a, err := l.t.root.Lstat(path.Join(treeDir, name))
	if err != nil {
		return false
	}
	b, err := os.Stat(source)
	return err == nil && (os.SameFile(a, b) || a.Mode().IsRegular() && a.Size() == b.Size())
}

func (l *Layer) claim(name string, mode fs.FileMode) error {
	if !fs.ValidPath(name) || name == "." {
		return fmt.Errorf("%q is not a path on the medium", name)
	}
	if mode != 0o644 && mode != 0o755 {
		return fmt.Errorf("/%s: mode %o; files on the medium are 644 or 755", name, mode)
	}
	if _, twice := l.files[name]; twice {
		return fmt.Errorf("/%s is written twice by %s", name, l.step)
	}
	return nil
}

// temp is a name in the step's temporary directory.
func (l *Layer) temp(name string) string {
	sum := sha256.Sum256([]byte(name))
	return path.Join(l.tmp, hex.EncodeToString(sum[:12]))
}

// place moves a finished temporary file to its name.
func (l *Layer) place(name string, f File) error {
	final := path.Join(treeDir, name)
	if err := l.t.root.MkdirAll(path.Dir(final), 0o777); err != nil {
		return fmt.Errorf("placing /%s: %w", name, err)
	}
	if err := l.t.root.Rename(l.temp(name), final); err != nil {
		return fmt.Errorf("placing /%s: %w", name, err)
	}
	// rename(2) does nothing when both names are links to one file.
	if err := l.t.root.Remove(l.temp(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("placing /%s: %w", name, err)
	}
	l.files[name] = f
	return nil
}

// Abort removes the step's temporary files, and what it has placed that no
// earlier run of it had; after Commit it does nothing.
func (l *Layer) Abort() {
	for name := range l.files {
		if _, was := l.old[name]; !was && !l.done {
			_ = l.remove(name) // what stays reaches no medium: no manifest lists it
		}
	}
	_ = l.t.root.RemoveAll(l.tmp)
}

// Commit writes the step's manifest and removes from the tree what the step put
// there before and no longer does.
func (l *Layer) Commit() error {
	var m manifest
	for _, f := range l.files {
		m.File = append(m.File, f)
	}
	slices.SortFunc(m.File, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	text, err := toml.Marshal(m)
	if err != nil {
		return fmt.Errorf("manifest of %s: %w", l.step, err)
	}
	temp := path.Join(l.tmp, "manifest")
	if err := l.t.root.WriteFile(temp, text, 0o666); err != nil {
		return fmt.Errorf("manifest of %s: %w", l.step, err)
	}
	if err := l.t.root.Rename(temp, path.Join(manifestDir, l.step+".toml")); err != nil {
		return fmt.Errorf("manifest of %s: %w", l.step, err)
	}
	l.done = true
	if err := l.removeStale(); err != nil {
		return err
	}
	return l.t.root.RemoveAll(l.tmp)
}

// removeStale comes after the manifest: a run that is killed here leaves files
// that no manifest lists, and those never reach the medium. A file that another
// step has taken over is that step's.
func (l *Layer) removeStale() error {
	others, err := l.t.claimed()
	if err != nil {
		return err
	}
	for name := range l.old {
		if others[name] {
			continue
		}
		if err := l.remove(name); err != nil {
			return err
		}
	}
	return nil
}

// remove takes a file out of the tree, and the directories that it leaves empty.
func (l *Layer) remove(name string) error {
	if err := l.t.root.Remove(path.Join(treeDir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing /%s: %w", name, err)
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if l.t.root.Remove(path.Join(treeDir, dir)) != nil {
			break // not empty: another file still stands there
		}
	}
	return nil
}

// digest computes both digests of a manifest's line in one reading.
type digest struct {
	io.Writer
	sha, md hashes
	n       *int64
}

type hashes interface{ Sum([]byte) []byte }

type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

func newDigest() *digest {
	sha, md := sha256.New(), md5.New() //nolint:gosec // see the import
	n := new(counter)
	return &digest{Writer: io.MultiWriter(sha, md, n), sha: sha, md: md, n: (*int64)(n)}
}

func (d *digest) file(name string, mode fs.FileMode) File {
	return File{Path: name, Mode: mode, Size: *d.n, SHA256: hex.EncodeToString(d.sha.Sum(nil)), MD5: hex.EncodeToString(d.md.Sum(nil))}
}
