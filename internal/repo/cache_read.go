package repo

import (
	"encoding/binary"
	"encoding/hex"

	"cdbuilder/internal/pkgset"
)

// cacheReader reads a cache file back. Every count is held against the bytes
// that are there before anything of that size is made.
type cacheReader struct {
	b       []byte
	bad     bool
	strings []string
	clauses []pkgset.Clause
	deps    []pkgset.Dep    // slab for clauses and fields
	refs    []pkgset.Clause // slab for fields
	hex     []byte          // all digests, one after the other
}

func (r *cacheReader) read(shared *pkgset.Package) []*pkgset.Package {
	var n [7]int
	for i := range n {
		n[i] = r.count(len(r.b))
	}
	nStrings, nText, nClauses, nDeps, nRefs, nFlat, nPkgs := n[0], n[1], n[2], n[3], n[4], n[5], n[6]
	// A package takes 40 bytes and more; a relation four.
	if r.bad || nText > len(r.b) || nPkgs > len(r.b)/40 || nDeps+nFlat > len(r.b)/4 {
		r.bad = true
		return nil
	}
	r.readStrings(nStrings, nText)
	r.deps = make([]pkgset.Dep, nDeps+nFlat)
	r.refs = make([]pkgset.Clause, nRefs)
	r.readClauses(nClauses)
	r.hex = make([]byte, 0, nPkgs*64)
	slab := make([]pkgset.Package, nPkgs)
	pkgs := make([]*pkgset.Package, nPkgs)
	for i := range slab {
		if r.bad {
			return nil
		}
		slab[i].Repo, slab[i].Suite, slab[i].Component, slab[i].Pin = shared.Repo, shared.Suite, shared.Component, shared.Pin
		r.pkg(&slab[i])
		pkgs[i] = &slab[i]
	}
	digests := string(r.hex)
	for i := range slab {
		if len(digests) < 64 {
			r.bad = true
			return nil
		}
		slab[i].SHA256, digests = digests[:64], digests[64:]
	}
	return pkgs
}

// num reads a number.
func (r *cacheReader) num() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad = true
		r.b = nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads a number that may not be larger than limit.
func (r *cacheReader) count(limit int) int {
	v := r.num()
	if v > uint64(limit) {
		r.bad = true
		return 0
	}
	return int(v)
}

func (r *cacheReader) take(n int) []byte {
	if n > len(r.b) {
		r.bad = true
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *cacheReader) readStrings(n, size int) {
	// A copy of the text alone, so that the strings do not hold the rest of
	// the file in memory.
	text, all := string(r.b[:size]), r.b
	r.strings = make([]string, n)
	for i := range r.strings {
		length := r.count(len(r.b))
		at := len(all) - len(r.b)
		if r.take(length); r.bad || at+length > size {
			r.bad = true
			return
		}
		r.strings[i] = text[at : at+length]
	}
	r.bad = r.bad || len(all)-len(r.b) != size
}

func (r *cacheReader) str() string {
	i := r.count(len(r.strings))
	if i >= len(r.strings) {
		r.bad = true
		return ""
	}
	return r.strings[i]
}

func (r *cacheReader) readClauses(n int) {
	r.clauses = make([]pkgset.Clause, n)
	for i := range r.clauses {
		r.clauses[i] = r.depList()
	}
}

// depList reads relations into the slab; nil when there are none.
func (r *cacheReader) depList() []pkgset.Dep {
	n := r.count(len(r.deps))
	if n == 0 {
		return nil
	}
	list := r.deps[:n:n]
	r.deps = r.deps[n:]
	for i := range list {
		list[i].Name, list[i].Arch = r.str(), r.str()
		if op := r.take(1); op != nil && op[0] <= byte(pkgset.GT) {
			list[i].Op = pkgset.Op(op[0])
		} else {
			r.bad = true
		}
		list[i].Version = r.str()
	}
	return list
}

func (r *cacheReader) clauseList() []pkgset.Clause {
	n := r.count(len(r.refs))
	if n == 0 {
		return nil
	}
	list := r.refs[:n:n]
	r.refs = r.refs[n:]
	for i := range list {
		c := r.count(len(r.clauses))
		if c >= len(r.clauses) {
			r.bad = true
			return nil
		}
		list[i] = r.clauses[c]
	}
	return list
}

func (r *cacheReader) pkg(p *pkgset.Package) {
	for _, s := range []*string{&p.Name, &p.Version, &p.Arch, &p.Path, &p.Source, &p.Section, &p.Priority, &p.MultiArch} {
		*s = r.str()
	}
	p.Size, p.Installed = int64(r.num()), int64(r.num())
	if essential := r.take(1); essential != nil {
		p.Essential = essential[0] == 1
	}
	r.hex = hex.AppendEncode(r.hex, r.take(32))
	for _, c := range []*[]pkgset.Clause{&p.PreDepends, &p.Depends, &p.Recommends, &p.Suggests, &p.Enhances} {
		*c = r.clauseList()
	}
	for _, d := range []*[]pkgset.Dep{&p.Conflicts, &p.Breaks, &p.Replaces, &p.Provides} {
		*d = r.depList()
	}
}
