package releases

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// ConflictError is a release of the same name that is published already with
// another content.
type ConflictError struct {
	Path        string   // where it stands
	Differences []string // one for each file
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s is published already and is another one:\n  %s\n"+
		"a published release never changes; give this one a new number (make version NUMBER=+1), "+
		"or remove the other one yourself", e.Path, strings.Join(e.Differences, "\n  "))
}

// there reports whether the release stands in the mirror, whole and the same.
func (s *store) there() (bool, error) {
	info, err := s.mirror.Lstat(s.rel.name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	conflict := &ConflictError{Path: s.Mirror + "/" + s.rel.name}
	if !info.IsDir() {
		conflict.Differences = []string{"it is not a directory"}
		return false, conflict
	}
	root, err := s.mirror.OpenRoot(s.rel.name)
	if err != nil {
		return false, err
	}
	defer func() { _ = root.Close() }()
	conflict.Differences, err = s.differences(root)
	if err != nil {
		return false, err
	}
	if len(conflict.Differences) > 0 {
		return false, conflict
	}
	return true, nil
}

// differences compares what is published with the release, all of it.
func (s *store) differences(root *os.Root) ([]string, error) {
	var diff []string
	list, err := readSmall(root, SumsFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		diff = append(diff, SumsFile+" is missing")
	case err != nil:
		return nil, err
	case string(list) != string(s.rel.list):
		diff = append(diff, SumsFile+" differs")
	}
	if info, err := root.Stat(SignatureFile); err != nil || info.Size() == 0 {
		diff = append(diff, SignatureFile+" is missing")
	}
	for _, sum := range s.rel.sums {
		got, err := hashFile(s.ctx, root, sum.Name, s.Progress)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			diff = append(diff, sum.Name+" is missing")
		case err != nil:
			return nil, err
		case got != sum.SHA256:
			diff = append(diff, sum.Name+" differs")
		}
	}
	foreign, err := s.foreign(root)
	for _, name := range foreign {
		diff = append(diff, name+" is not of this release")
	}
	return diff, err
}

// foreign lists the files that the release does not have.
func (s *store) foreign(root *os.Root) ([]string, error) {
	own := map[string]bool{}
	for _, sum := range s.rel.sums {
		own[sum.Name] = true
	}
	var names []string
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !own[name] && !unlisted(name) {
			names = append(names, name)
		}
		return err
	})
	return names, err
}
