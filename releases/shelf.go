package releases

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// shelf is the product's releases that stand in the mirror, the newest first.
type shelf struct {
	records []*Record
	spoilt  map[string]string // name of a release that holds foreign files: which
}

// readShelf reads the mirror, and adds the release that is about to stand there.
// It takes for a release only a directory whose record and SHA256SUMS agree with
// its name; of those, it wants the ones of the same product.
func (s *store) readShelf() (*shelf, error) {
	names, err := s.names()
	if err != nil {
		return nil, err
	}
	sh := &shelf{records: []*Record{s.rel.record}, spoilt: map[string]string{}}
	for _, name := range names {
		if !nameForm.MatchString(name) || name == s.rel.name {
			continue
		}
		record, err := s.recognise(name)
		if record == nil || record.Product != s.rel.record.Product {
			continue
		}
		if err != nil {
			sh.spoilt[name] = strings.ReplaceAll(err.Error(), "\n", ", ")
		}
		sh.records = append(sh.records, record)
	}
	slices.SortFunc(sh.records, func(a, b *Record) int { return compareAge(b, a) })
	return sh, s.checkLatest()
}

// recognise reads the record of a published release; nil is no release. The
// error tells what in it is not of a release.
func (s *store) recognise(name string) (*Record, error) {
	info, err := s.mirror.Lstat(name)
	if err != nil || !info.IsDir() {
		return nil, err
	}
	root, err := s.mirror.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	r, err := readRelease(root, name)
	if r == nil || r.record.Name != name {
		return nil, err
	}
	return r.record, err
}

// stages is the order of the usual stages; an unknown one comes before all.
var stages = map[string]int{"alpha": 1, "beta": 2, "rc": 3, "final": 4, "release": 4, "ga": 4}

// compareAge orders releases by date, stage, number and, at last, name.
func compareAge(a, b *Record) int {
	return cmp.Or(a.Date.Compare(b.Date.Time),
		cmp.Compare(stages[strings.ToLower(a.Stage)], stages[strings.ToLower(b.Stage)]),
		cmp.Compare(a.Number, b.Number), strings.Compare(a.Name, b.Name))
}

// newest is never a damaged one; the release being published is whole.
func (sh *shelf) newest() string {
	i := slices.IndexFunc(sh.records, func(r *Record) bool { return sh.spoilt[r.Name] == "" })
	return sh.records[i].Name
}

// old lists what goes when keep releases stay, the oldest first, and which of
// those stay for the foreign files in them. The newest one and the one that is
// being published never go.
func (sh *shelf) old(keep int, published string) (remove, spared []string) {
	if keep == 0 || len(sh.records) <= keep {
		return nil, nil
	}
	for _, r := range slices.Backward(sh.records[keep:]) {
		switch reason := sh.spoilt[r.Name]; {
		case r.Name == published || r.Name == sh.newest():
		case reason != "":
			spared = append(spared, r.Name+": "+reason)
		default:
			remove = append(remove, r.Name)
		}
	}
	return remove, spared
}

// checkLatest refuses a mirror in which "latest" is not this product's.
func (s *store) checkLatest() error {
	target, err := s.mirror.Readlink(latest)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%q in the mirror is not a link to a release; move it out of the way", latest)
	case target == s.rel.name:
		return nil
	}
	if !fs.ValidPath(target) || !nameForm.MatchString(target) {
		return fmt.Errorf("the link %q in the mirror leads to %q, which is not a release; move it out of the way", latest, target)
	}
	record, _ := s.recognise(target) // a link that leads nowhere is moved
	if record != nil && record.Product != s.rel.record.Product {
		return fmt.Errorf("the link %q in the mirror names a release of another product, %s; give each product a directory of its own",
			latest, record.Product)
	}
	return nil
}

// point moves the link "latest" in one step; a reader always finds it.
func (s *store) point(name string) error {
	if target, err := s.mirror.Readlink(latest); err == nil && target == name {
		return nil
	}
	if err := s.step("link %s", name); err != nil {
		return err
	}
	if err := s.mirror.Symlink(name, newLatest); err != nil {
		return err
	}
	if err := s.step("point %s", name); err != nil {
		return err
	}
	return errors.Join(s.mirror.Rename(newLatest, latest), s.syncDir("."))
}

// remove takes old releases away: out of sight first, then off the disk.
func (s *store) remove(names []string) error {
	for _, name := range names {
		if err := s.step("hide %s", name); err != nil {
			return err
		}
		if err := s.mirror.Rename(name, gonePrefix+name); err != nil {
			return err
		}
		if err := s.step("remove %s", name); err != nil {
			return err
		}
		if err := s.mirror.RemoveAll(gonePrefix + name); err != nil {
			return err
		}
	}
	return nil
}
