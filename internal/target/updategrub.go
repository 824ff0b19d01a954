package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// do runs update-grub. Its 10_linux names the root by UUID only where
// /dev/disk/by-uuid has that, which udev fills and an installer without udev does
// not; the device's name would change with the next disk that is plugged in.
func (UpdateGRUB) do(ctx context.Context, a *applier) error {
	device, err := a.probe(ctx, "device")
	if err != nil {
		return err
	}
	// A file system without a UUID is none of ours; update-grub takes the device.
	if uuid, err := a.probe(ctx, "fs_uuid"); err == nil && uuid != "" {
		forget, err := a.byUUID(uuid, device)
		if err != nil {
			return err
		}
		defer forget()
	}
	return a.run(ctx, []string{"update-grub"}, "", nil)
}

// probe asks grub-probe about the root; of several devices it gives the first.
func (a *applier) probe(ctx context.Context, what string) (string, error) {
	var out bytes.Buffer
	if err := a.run(ctx, []string{"grub-probe", "--target=" + what, "/"}, "", &out); err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(strings.TrimSpace(out.String()), "\n")
	return first, nil
}

// byUUID makes the link that udev would have made, until forget.
func (a *applier) byUUID(uuid, device string) (forget func(), err error) {
	if strings.ContainsAny(uuid, "/\n ") {
		return nil, fmt.Errorf("grub-probe gives %q for a UUID", uuid)
	}
	name := "dev/disk/by-uuid/" + uuid
	if _, err := a.root.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return func() {}, err
	}
	if err := a.directory(name); err != nil {
		return nil, err
	}
	if err := a.root.Symlink(device, name); err != nil {
		return nil, err
	}
	return func() { _ = a.root.Remove(name) }, nil // a link too many does no harm
}
