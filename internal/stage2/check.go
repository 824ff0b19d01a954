package stage2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"cdbuilder/internal/iso9660"
)

// checkMedium compares the medium with the checksum that was implanted when it
// was made, as checkisomd5(1) does. The progress goes to screen, the verdict to
// out.
func (in *installer) checkMedium(ctx context.Context, screen, out io.Writer) {
	if !in.checking.TryLock() {
		fmt.Fprintln(out, "stage2: a media check is running already")
		return
	}
	defer in.checking.Unlock()
	if err := in.sum(ctx, screen); err != nil {
		fmt.Fprintf(out, "stage2: media check failed: %v\n", err)
		return
	}
	fmt.Fprintln(out, "stage2: media check passed")
}

// sum reads the medium; nil means that it is as it was made.
func (in *installer) sum(ctx context.Context, screen io.Writer) error {
	if in.medium == nil {
		return errors.New("there is no medium to check")
	}
	d := in.medium.Device
	if d.Volume.Type != "iso9660" {
		return fmt.Errorf("/dev/%s holds %s; only an ISO 9660 medium has a checksum of itself", d.Name, d.Volume.Type)
	}
	if d.Size < d.Volume.Size {
		return fmt.Errorf("/dev/%s is %s long, but the medium says of itself that it is %s: it was not copied whole", d.Name, size(d.Size), size(d.Volume.Size))
	}
	f, err := os.Open(in.path("/dev/" + d.Name))
	if err != nil {
		return err
	}
	defer f.Close()
	bar := &progress{out: screen, total: d.Volume.Size, percent: -1}
	bar.add(0)
	verdict, err := iso9660.CheckMD5(ctx, f, bar.add)
	if err == nil && verdict == iso9660.CheckPassed {
		bar.add(bar.total - bar.done) // the last sectors are not summed up
	}
	fmt.Fprintln(screen)
	switch {
	case err != nil:
		return err
	case verdict == iso9660.CheckNA:
		return errors.New("the medium carries no checksum of itself, so nothing can be said")
	case verdict != iso9660.CheckPassed:
		return fmt.Errorf("the medium differs from what was made, somewhere in the first %s; write it again, or download it again and compare its SHA256SUMS", size(bar.done))
	}
	return nil
}

// progress shows how far a check is: one line that overwrites itself.
type progress struct {
	out         io.Writer
	done, total int64 // bytes
	percent     int64
}

func (p *progress) add(n int64) {
	p.done += n
	percent := int64(100)
	if p.total > 0 {
		percent = min(100, p.done*100/p.total)
	}
	if percent != p.percent {
		p.percent = percent
		fmt.Fprintf(p.out, "\rstage2: checking the medium, %3d %% of %s", percent, size(p.total))
	}
}
