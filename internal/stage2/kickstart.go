package stage2

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"cdbuilder/internal/install"
	"cdbuilder/kickstart"
)

// namedKickstart reads the kickstart that the boot argument inst.ks= names:
// hd:LABEL=…:/ks/server.ks, cdrom:/ks/server.ks, file:/ks.cfg in the initramfs.
func (in *installer) namedKickstart() (*install.Source, error) {
	asked := in.args.Kickstart
	fault := func(err error) error { return fmt.Errorf("the kickstart %s: %w", asked, err) }
	scheme, rest, _ := strings.Cut(asked, ":")
	switch scheme {
	case "file":
		source, err := readSource(in.Root, "", strings.TrimLeft(rest, "/"))
		if err != nil {
			return nil, fault(err)
		}
		return source, nil
	case "cdrom", "hd":
	default:
		return nil, fault(errors.New("only hd:…:/path, cdrom:/path and file:/path are possible; this installer has no network"))
	}
	where, file, ok := strings.Cut(rest, ":")
	if scheme == "cdrom" && !ok {
		where, file = "", rest
	}
	location, err := ParseLocation(scheme + ":" + where)
	if err != nil {
		return nil, fault(err)
	}
	if file = strings.TrimLeft(file, "/"); file == "" {
		file = oemdrvFile
	}
	source, err := in.readFrom(location, file)
	if err != nil {
		return nil, fault(err)
	}
	return source, nil
}

// readFrom reads a file of the medium, or of another volume.
func (in *installer) readFrom(where Location, file string) (*install.Source, error) {
	if in.medium != nil && (in.medium.Device.answers(where)) {
		return readSource(in.path(RepoDir), RepoDir, file)
	}
	devices, err := in.scan()
	if err != nil {
		return nil, err
	}
	found := choose(devices, where)
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("nothing here has the %v", where)
	case 1:
	default:
		return nil, &AmbiguousError{where, found}
	}
	text, err := in.readVolume(found[0], file)
	if err != nil {
		return nil, err
	}
	return &install.Source{Name: path.Base(file), Text: text}, nil
}

// readSource reads a kickstart from a directory, which is called title in the
// names of files. What it includes is looked for beside it.
func readSource(dir, title, file string) (source *install.Source, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	text, err := readKickstart(root, file)
	if err != nil {
		if list := kickstartsIn(root); errors.Is(err, fs.ErrNotExist) && len(list) > 0 {
			err = fmt.Errorf("%w; there are: %s", err, strings.Join(list, ", "))
		}
		return nil, err
	}
	open := func(ref string, from *kickstart.File) (io.ReadCloser, string, error) {
		fsys, err := os.OpenRoot(dir)
		if err != nil {
			return nil, "", err
		}
		defer fsys.Close()
		return kickstart.Dir(fsys.FS(), title)(ref, from)
	}
	return &install.Source{Name: path.Join(title, file), Text: text, Open: open}, nil
}

func kickstartsIn(root *os.Root) []string {
	files, _ := fs.Glob(root.FS(), "ks/*.ks")
	return files
}

// readKickstart reads a file of a size that a kickstart may have.
func readKickstart(root *os.Root, name string) (text []byte, err error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("/%s is not a file", name)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	text, err = io.ReadAll(io.LimitReader(f, maxKickstart+1))
	if err == nil && len(text) > maxKickstart {
		err = fmt.Errorf("/%s is longer than %s", name, size(maxKickstart))
	}
	return text, err
}

// keepKickstart puts the kickstart where scripts look for it, as under
// Anaconda. It may hold passwords.
func (in *installer) keepKickstart(text []byte) {
	name := in.path(KickstartPath)
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, text, 0o600)); err != nil {
		in.say("the kickstart is not kept: %v", err)
	}
}
