// Readme renders the README of the medium and brings the product's static files.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"cdbuilder/internal/product"
	"cdbuilder/internal/tool"
	"cdbuilder/isotree"
	"cdbuilder/kickstart"

	"github.com/spf13/cobra"
)

func command(t *tool.Tool) *cobra.Command {
	return &cobra.Command{
		Use:   "readme",
		Short: "Render README and put static files onto the medium",
		Long: "Fills the template isotree/README.in with the product's values and puts it on the medium as\n" +
			"README; copies what stands in isotree/files/ to the medium's root as it is.",
		Example: "  build/bin/readme --product ../myspin",
		RunE:    func(*cobra.Command, []string) error { return run(t) },
	}
}

func run(t *tool.Tool) error {
	p, err := t.Product()
	if err != nil {
		return err
	}
	text, err := render(t, p)
	if err != nil {
		return err
	}
	static, err := openStatic(filepath.Join(t.ProductDir, "isotree", "files"))
	if err != nil {
		return err
	}
	defer static.close()

	err = isotree.Roll(t.BuildDir, "readme", func(layer *isotree.Layer) error {
		if text != nil {
			if err := layer.WriteFile("README", 0o644, text); err != nil {
				return err
			}
		}
		return static.copy(layer)
	})
	if err != nil {
		return err
	}
	t.Say("README and %d static files on the medium", len(static.names))
	return nil
}

// render fills the template of the README; a product without one has none.
func render(t *tool.Tool, p *product.File) ([]byte, error) {
	source := filepath.Join(t.ProductDir, "isotree", "README.in")
	text, err := os.ReadFile(source)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return kickstart.Expand(source, string(text), kickstart.NewData(p, p.ReleaseName(), p.VolumeLabel()))
}

// static is a directory whose files go onto the medium as they are.
type static struct {
	root  *os.Root
	names []string
}

// openStatic lists the files of a directory, which need not exist. What is no
// regular file is refused, all of it at once: a link could lead out of the
// product's directory.
func openStatic(dir string) (*static, error) {
	if info, err := os.Lstat(dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s: not a directory; make one and put the files there", dir)
	}
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return &static{}, nil
	}
	if err != nil {
		return nil, err
	}
	s := &static{root: root}
	var faults []error
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir():
			return err
		case d.Type().IsRegular():
			s.names = append(s.names, name)
		default:
			faults = append(faults, fmt.Errorf("%s: only regular files can go onto the medium; put a copy there instead", filepath.Join(dir, name)))
		}
		return nil
	})
	if err = errors.Join(append(faults, err)...); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *static) close() {
	if s.root != nil {
		_ = s.root.Close() // nothing was written through it
	}
}

func (s *static) copy(layer *isotree.Layer) error {
	for _, name := range s.names {
		info, err := s.root.Stat(name)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if info.Mode()&0o111 != 0 {
			mode = 0o755
		}
		err = layer.Write(name, mode, func(w io.Writer) error {
			f, err := s.root.Open(name)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = io.Copy(w, f)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
