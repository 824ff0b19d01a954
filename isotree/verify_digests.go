package isotree

import (
	"cmp"
	"context"
	"crypto/md5"  //nolint:gosec // md5sum.txt is what Debian media carry
	"crypto/sha1" //nolint:gosec // old repositories know nothing better
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// Bounds on the lists of digests that a medium carries.
const (
	maxClaims     = 1_000_000
	maxClaimPath  = 4096      // bytes of one path
	maxClaimPaths = 128 << 20 // bytes of all paths
	maxListFaults = 20        // of one list that get a row each
	maxListBytes  = 2 << 30
	// maxReread bounds what files that overlap cost, in sizes of the image.
	maxReread = 4
)

// A claim is what a list says of a file. The digest's length tells its kind.
type claim struct {
	list   *sumList
	digest string // bytes
	size   int64  // -1: not said
}

// A sumList is one list of digests on the medium, and how the files are.
type sumList struct {
	name string
	// absent reports whether a listed file may lack, which Release files and
	// lorax's .treeinfo have.
	absent func(path string) bool
	// packages says that the list is that of an archive's packages.
	packages bool

	claims, good, bad, missing, left int
	excepted                         []string
	faults                           []string // the first ones
	unsaid                           int
	extra                            string // said in the summary
}

func (l *sumList) fault(format string, args ...any) {
	if len(l.faults) == maxListFaults {
		l.unsaid++
		return
	}
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

// digests checks every file that some list on the medium names.
func (v *verifier) digests(ctx context.Context) error {
	l := &ledger{v: v, wanted: map[string][]claim{}, seen: map[string]sums{}, budget: maxListBytes}
	for _, collect := range []func(context.Context) error{l.sumFiles, l.treeinfo, l.dists, l.repodata, l.readFiles} {
		if err := collect(ctx); err != nil {
			return err
		}
	}
	l.rows()
	return nil
}

// A ledger collects the claims first, so that every file is read once, in the
// order in which the files lie on the medium. The lists themselves are hashed
// while they are read.
type ledger struct {
	v      *verifier
	lists  []*sumList
	wanted map[string][]claim // by path
	seen   map[string]sums    // of files that were read already
	claims int
	paths  int   // bytes of the paths of claims
	budget int64 // of bytes of lists, unpacked
}

// sums are digests of one file by their length in bytes.
type sums map[int]string

func newHash(size int) hash.Hash {
	switch size {
	case md5.Size:
		return md5.New() //nolint:gosec // see the import
	case sha1.Size:
		return sha1.New() //nolint:gosec // see the import
	case sha256.Size:
		return sha256.New()
	case sha512.Size:
		return sha512.New()
	}
	return nil
}

func (l *ledger) list(name string) *sumList {
	s := &sumList{name: name}
	l.lists = append(l.lists, s)
	return s
}

// claim notes what a list says of a file. What is no path on a medium is a
// fault of the list.
func (l *ledger) claim(list *sumList, p string, digest []byte, size int64) {
	p = strings.TrimPrefix(p, "./")
	switch {
	case !fs.ValidPath(p) || p == "." || len(p) > maxClaimPath:
		list.fault("%.200q is not a path on the medium", p)
		return
	case newHash(len(digest)) == nil:
		list.fault("%s: a digest of %d bits is of no known kind", p, len(digest)*8)
		return
	case l.claims >= maxClaims || l.paths >= maxClaimPaths:
		list.left++
		return
	}
	l.claims++
	l.paths += len(p)
	list.claims++
	c := claim{list, string(digest), size}
	if have, ok := l.seen[p]; ok {
		f, _ := l.v.find(p)
		l.settle(p, f.size, have, []claim{c})
		return
	}
	l.wanted[p] = append(l.wanted[p], c)
}

// unlisted counts the files that no list of those asked for names.
func (l *ledger) unlisted(of func(located) bool, by func(*sumList) bool) (n int, example string) {
	for _, f := range l.v.files.files {
		if _, read := l.seen[f.path]; read || !of(f) {
			continue
		}
		if !slices.ContainsFunc(l.wanted[f.path], func(c claim) bool { return by(c.list) }) {
			n, example = n+1, f.path
		}
	}
	return n, example
}

// find gives a file by its path, also by way of symbolic links.
func (v *verifier) find(p string) (located, bool) {
	if f, ok := v.files.find(p); ok {
		return f, true
	}
	info, err := v.img.Stat(p)
	if err != nil || !info.Mode().IsRegular() {
		return located{}, false
	}
	return locate(p, info), true
}

// readList reads a file of the medium that is a list, and settles what is known
// to be claimed of it.
func (l *ledger) readList(p string, parse func(io.Reader) error) error {
	f, err := l.v.img.Open(p)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	hashes := map[int]hash.Hash{}
	var all []io.Writer
	for _, size := range []int{md5.Size, sha1.Size, sha256.Size, sha512.Size} {
		hashes[size] = newHash(size)
		all = append(all, hashes[size])
	}
	tee := io.TeeReader(io.LimitReader(f, maxListBytes), io.MultiWriter(all...))
	if err := parse(tee); err != nil {
		return fmt.Errorf("%s: %w", p, err)
	}
	if _, err := io.Copy(io.Discard, tee); err != nil {
		return fmt.Errorf("%s: %w", p, err)
	}
	got := sums{}
	for size, h := range hashes {
		got[size] = string(h.Sum(nil))
	}
	l.seen[p] = got
	if info, err := f.Stat(); err == nil {
		l.settle(p, info.Size(), got, l.wanted[p])
		delete(l.wanted, p)
	}
	return nil
}

// settle compares a file with what is claimed of it.
func (l *ledger) settle(p string, size int64, got sums, claims []claim) {
	for _, c := range claims {
		why, patched := l.v.patched[p]
		switch {
		case c.size >= 0 && c.size != size:
			c.list.bad++
			c.list.fault("%s has %d bytes; it should have %d", p, size, c.size)
		case got[len(c.digest)] == c.digest:
			c.list.good++
		case patched && len(c.list.excepted) == maxListFaults:
			c.list.bad++
		case patched:
			c.list.excepted = append(c.list.excepted, fmt.Sprintf("%s differs: %s", p, why))
		default:
			c.list.bad++
			c.list.fault("%s differs: it has %x, listed is %x", p, got[len(c.digest)], c.digest)
		}
	}
}

// readFiles reads what is claimed and was not read yet.
func (l *ledger) readFiles(ctx context.Context) error {
	order, total, err := l.order(ctx)
	if err != nil {
		return err
	}
	add := l.v.opt.begin("reading the files", total)
	left, buf := l.v.size*maxReread, make([]byte, 256<<10)
	for _, f := range order {
		claims := l.wanted[f.path]
		if left -= f.size; left < 0 {
			l.unread(claims, errors.New("not read: the files are far larger than the image, so they overlap"), f.path)
			continue
		}
		got, err := l.hashFile(ctx, f.path, claims, buf, add)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			l.unread(claims, err, f.path)
			continue
		}
		l.settle(f.path, f.size, got, claims)
	}
	return nil
}

// order gives the claimed files as they lie on the medium, and how many bytes
// they have. What is not there is settled.
func (l *ledger) order(ctx context.Context) (order []located, total int64, err error) {
	for _, p := range slices.Sorted(maps.Keys(l.wanted)) {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		if f, ok := l.v.find(p); ok {
			f.path = p
			order = append(order, f)
			total += f.size
			continue
		}
		for _, c := range l.wanted[p] {
			if c.list.absent != nil && c.list.absent(p) {
				c.list.claims--
				continue
			}
			c.list.missing++
			c.list.fault("%s is not on the medium", p)
		}
	}
	slices.SortStableFunc(order, func(a, b located) int { return cmp.Compare(a.block, b.block) })
	return order, total, nil
}

func (l *ledger) unread(claims []claim, err error, p string) {
	for _, c := range claims {
		c.list.bad++
		c.list.fault("%s: %v", p, reason(err))
	}
}

// hashFile reads a file once for all that is claimed of it.
func (l *ledger) hashFile(ctx context.Context, p string, claims []claim, buf []byte, progress func(int64)) (sums, error) {
	f, err := l.v.img.Open(p)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	hashes := map[int]hash.Hash{}
	for _, c := range claims {
		if hashes[len(c.digest)] == nil {
			hashes[len(c.digest)] = newHash(len(c.digest))
		}
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := f.Read(buf)
		for _, h := range hashes {
			h.Write(buf[:n]) // a hash never fails
		}
		progress(int64(n))
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	got := sums{}
	for size, h := range hashes {
		got[size] = string(h.Sum(nil))
	}
	return got, nil
}

func (l *ledger) rows() {
	if len(l.lists) == 0 {
		l.v.add("files", "lists", VerdictNone, "the medium has no list of digests that is known")
	}
	for _, s := range l.lists {
		s.rows(l.v)
	}
}

func (l *sumList) rows(v *verifier) {
	detail := fmt.Sprintf("%d of %s as listed", l.good, plural(l.claims, "file", "files"))
	for _, part := range []struct {
		n    int
		text string
	}{{l.bad, "differ"}, {l.missing, "missing"}, {l.left, "not looked at"}} {
		if part.n > 0 {
			detail += fmt.Sprintf(", %d %s", part.n, part.text)
		}
	}
	detail += l.extra
	verdict := VerdictOK
	switch {
	case len(l.faults) > 0:
		verdict = VerdictFail
	case l.left > 0:
		verdict = VerdictWarn
	case l.claims == 0:
		verdict = VerdictNone
	}
	v.add("files", l.name, verdict, "%s", detail)
	for _, f := range l.faults {
		v.add("files", l.name, VerdictFail, "%s", f)
	}
	if l.unsaid > 0 {
		v.add("files", l.name, VerdictFail, "and %d more", l.unsaid)
	}
	for _, e := range l.excepted {
		v.add("files", l.name, VerdictOK, "%s", e)
	}
}
