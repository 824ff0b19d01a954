package repo

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"

	"cdbuilder/internal/pkgset"
)

// A parsed index is kept in a file named by the index's digest, so that it is
// parsed once. The file is
//
//	magic · strings · relations · clauses · packages · SHA-256 of all before
//
// with every number a uvarint. Strings are written once and named by number;
// so are clauses. Reading makes a handful of allocations, whatever the size.
//
// A file that is damaged in any way counts as none.

// cacheMagic changes whenever the format or what the parser takes from an
// index does.
const cacheMagic = "cdb deb index 1\n"

// keptCaches is how many parsed indexes stay; the oldest go first.
const keptCaches = 24

func (r *reader) cachePath(f releaseFile) string {
	return filepath.Join(r.fetch.Dir, "index", cmp.Or(f.SHA256, f.SHA512))
}

// cacheWriter numbers strings and clauses as they come.
type cacheWriter struct {
	strings map[string]uint64
	text    []byte
	clauses map[string]uint64 // by their encoding
	deps    []byte
	pkgs    []byte
	nDeps   uint64 // relations in all clauses
	nRefs   uint64 // clauses in all packages' fields
	nFlat   uint64 // relations in all packages' fields without alternatives
	nPkgs   uint64
}

// newCacheWriter makes room for what an index of so many bytes comes to, so
// that a large one does not leave a trail of outgrown buffers.
func newCacheWriter(plain int64) *cacheWriter {
	room := min(max(plain, 0)/7, 9<<20)
	w := &cacheWriter{
		strings: make(map[string]uint64), clauses: make(map[string]uint64),
		text: make([]byte, 0, room), pkgs: make([]byte, 0, room),
	}
	w.str("") // number 0
	return w
}

// bytes is the whole file.
func (w *cacheWriter) bytes() []byte {
	head := []byte(cacheMagic)
	for _, n := range []uint64{
		uint64(len(w.strings)), uint64(len(w.text)), uint64(len(w.clauses)), w.nDeps, w.nRefs, w.nFlat, w.nPkgs,
	} {
		head = binary.AppendUvarint(head, n)
	}
	b := make([]byte, 0, len(head)+len(w.text)+len(w.deps)+len(w.pkgs)+sha256.Size)
	b = append(append(append(append(b, head...), w.text...), w.deps...), w.pkgs...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

func writeCache(path string, data []byte) error {
	if err := writeFile(path, data, 0o644); err != nil {
		return err
	}
	prune(filepath.Dir(path))
	return nil
}

// prune removes the caches that have not been written for longest. What it
// cannot remove does no harm.
func prune(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) <= keptCaches {
		return
	}
	age := func(e os.DirEntry) int64 {
		info, err := e.Info()
		if err != nil {
			return 0
		}
		return info.ModTime().UnixNano()
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return cmp.Compare(age(a), age(b)) })
	for _, e := range entries[:len(entries)-keptCaches] {
		_ = os.Remove(filepath.Join(dir, e.Name()))
	}
}

func (w *cacheWriter) str(s string) uint64 {
	n, ok := w.strings[s]
	if !ok {
		n = uint64(len(w.strings))
		w.strings[s] = n
		w.text = binary.AppendUvarint(w.text, uint64(len(s)))
		w.text = append(w.text, s...)
	}
	return n
}

func (w *cacheWriter) pkg(p *pkgset.Package) {
	w.nPkgs++
	for _, s := range []string{p.Name, p.Version, p.Arch, p.Path, p.Source, p.Section, p.Priority, p.MultiArch} {
		w.pkgs = binary.AppendUvarint(w.pkgs, w.str(s))
	}
	w.pkgs = binary.AppendUvarint(w.pkgs, uint64(p.Size))
	w.pkgs = binary.AppendUvarint(w.pkgs, uint64(p.Installed))
	essential := byte(0)
	if p.Essential {
		essential = 1
	}
	w.pkgs = append(w.pkgs, essential)
	w.pkgs, _ = hex.AppendDecode(w.pkgs, []byte(p.SHA256)) // the parser made sure
	for _, clauses := range [][]pkgset.Clause{p.PreDepends, p.Depends, p.Recommends, p.Suggests, p.Enhances} {
		w.pkgs = binary.AppendUvarint(w.pkgs, uint64(len(clauses)))
		w.nRefs += uint64(len(clauses))
		for _, c := range clauses {
			w.pkgs = binary.AppendUvarint(w.pkgs, w.clause(c))
		}
	}
	for _, deps := range [][]pkgset.Dep{p.Conflicts, p.Breaks, p.Replaces, p.Provides} {
		w.pkgs = binary.AppendUvarint(w.pkgs, uint64(len(deps)))
		w.nFlat += uint64(len(deps))
		for i := range deps {
			w.pkgs = w.dep(w.pkgs, &deps[i])
		}
	}
}

func (w *cacheWriter) clause(c pkgset.Clause) uint64 {
	b := binary.AppendUvarint(nil, uint64(len(c)))
	for i := range c {
		b = w.dep(b, &c[i])
	}
	n, ok := w.clauses[string(b)]
	if !ok {
		n = uint64(len(w.clauses))
		w.clauses[string(b)] = n
		w.deps = append(w.deps, b...)
		w.nDeps += uint64(len(c))
	}
	return n
}

func (w *cacheWriter) dep(b []byte, d *pkgset.Dep) []byte {
	b = binary.AppendUvarint(b, w.str(d.Name))
	b = binary.AppendUvarint(b, w.str(d.Arch))
	b = append(b, byte(d.Op))
	return binary.AppendUvarint(b, w.str(d.Version))
}

// readCache gives the packages of a cached index, with what shared has of
// repository, suite, component and pin.
func readCache(path string, shared *pkgset.Package) ([]*pkgset.Package, bool) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, false
	}
	return decodeCache(data, shared)
}

func decodeCache(data []byte, shared *pkgset.Package) ([]*pkgset.Package, bool) {
	if len(data) < len(cacheMagic)+sha256.Size || string(data[:len(cacheMagic)]) != cacheMagic {
		return nil, false
	}
	body := data[:len(data)-sha256.Size]
	if sha256.Sum256(body) != [sha256.Size]byte(data[len(body):]) {
		return nil, false
	}
	r := cacheReader{b: body[len(cacheMagic):]}
	pkgs := r.read(shared)
	if r.bad || len(r.b) > 0 {
		return nil, false
	}
	return pkgs, true
}
