package product

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"cdbuilder/internal/product/tomlpos"
)

// checkFiles looks for the files that version.toml names below the product's
// directory; a symbolic link that leads out of it counts as leaving it.
func (f *File) checkFiles(c *faults) {
	root, err := os.OpenRoot(f.Dir)
	if err != nil {
		c.list = append(c.list, &Fault{What: fmt.Sprintf("opening the product's directory: %v", err)})
		return
	}
	defer func() { _ = root.Close() }()
	for i, r := range f.Repository {
		for j, path := range r.Keys {
			key := tomlpos.Index(tomlpos.Key(tomlpos.Index("repository", i), "keys"), j)
			c.exists(root, key, path, "put the public key there, armoured, or write where it is")
		}
	}
	if k := f.Installer.Kickstart; kickstartForm.MatchString(k) {
		c.exists(root, "installer.kickstart", filepath.Join("kickstart", k), "put the kickstart there, or leave the key out")
	}
	if !filepath.IsAbs(f.Signing.Key) {
		c.exists(root, "signing.key", f.Signing.Key, "put the secret key there, armoured, or write where it is (docs/publishing.md)")
	}
}

func (c *faults) exists(root *os.Root, key, path, hint string) {
	if !filepath.IsLocal(path) { // noted already
		return
	}
	info, err := root.Stat(filepath.Clean(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.add(key, said(key, path)+" does not exist", hint)
	case err != nil:
		c.add(key, fmt.Sprintf("%s cannot be read: %v", said(key, path), err), hint)
	case !info.Mode().IsRegular():
		c.add(key, said(key, path)+" is not a file", hint)
	}
}
