package stage2

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// Medium is the volume that was looked for.
type Medium struct{ Device Device }

// Name is the medium's label, or the device where it has none.
func (m *Medium) Name() string {
	if len(m.Device.Volume.Labels) > 0 {
		return m.Device.Volume.Labels[0]
	}
	return "/dev/" + m.Device.Name
}

// NotFoundError says what was looked for, and what there was instead.
type NotFoundError struct {
	Location Location
	Waited   time.Duration
	Seen     []Device
	Failed   []string // modules that the kernel did not take, and why
}

// Error explains on several lines.
func (e *NotFoundError) Error() string {
	lines := []string{fmt.Sprintf("no medium found: %v did not appear within %v", e.Location, e.Waited.Round(time.Second))}
	if len(e.Seen) == 0 {
		lines = append(lines, "no disk and no disc was seen at all: the controller may need a driver that is not here")
	}
	for _, d := range e.Seen {
		lines = append(lines, fmt.Sprintf("seen: %v: %s", d, d.content()))
	}
	for _, m := range e.Failed {
		lines = append(lines, "not loaded: "+m)
	}
	return strings.Join(lines, "\n")
}

// AmbiguousError says that several media answer to one name.
type AmbiguousError struct {
	Location Location
	Found    []Device
}

// Error names all of them.
func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%v is on several devices: %s\nremove all but one and start again", e.Location, describe(e.Found))
}

// find loads modules and looks at devices until the medium is there, and a
// little longer, in case that another one answers to the same name.
func (in *installer) find(ctx context.Context) (*Medium, error) {
	start := in.Now()
	changed, said := start, start
	var names []string
	for pause := 50 * time.Millisecond; ; pause = min(pause*3/2, time.Second) {
		in.modules.coldplug()
		devices, err := in.scan()
		if err != nil {
			return nil, err
		}
		now := in.Now()
		if seen := deviceNames(devices); !slices.Equal(seen, names) {
			names, changed = seen, now
		}
		found := choose(devices, in.args.Location)
		if len(found) > 1 {
			return nil, &AmbiguousError{in.args.Location, found}
		}
		if len(found) == 1 && now.Sub(changed) >= in.Settle {
			return &Medium{found[0]}, nil
		}
		if len(found) == 0 && now.Sub(start) >= in.Patience {
			return nil, &NotFoundError{in.args.Location, now.Sub(start), devices, in.modules.failures()}
		}
		if len(found) == 0 && now.Sub(said) >= 5*time.Second {
			said = now
			in.say("still looking for the medium (%d of %d seconds; %d devices seen)", int(now.Sub(start).Seconds()), int(in.Patience.Seconds()), len(devices))
		}
		if err := in.Wait(ctx, pause); err != nil {
			return nil, err
		}
	}
}

func deviceNames(devices []Device) []string {
	names := make([]string, len(devices))
	for i, d := range devices {
		names[i] = d.Name
	}
	return names
}

// choose picks the devices that answer to a name: at most one of each disk. On
// a stick written with a hybrid image the disk and its first partition begin
// with the same sectors; the disk is preferred, because partition tables that
// end early do not cut it.
func choose(devices []Device, want Location) []Device {
	var found []Device
	for _, d := range devices { // a disk comes before its partitions
		if d.Volume.Type == "" || !d.answers(want) {
			continue
		}
		whole := slices.ContainsFunc(found, func(f Device) bool { return f.Disk == d.Disk && !f.Partition })
		if !whole {
			found = append(found, d)
		}
	}
	return found
}

// answers reports whether the device is the one meant.
func (d Device) answers(want Location) bool {
	switch want.Kind {
	case ByLabel:
		return slices.Contains(d.Volume.Labels, want.Value)
	case ByUUID:
		return strings.EqualFold(d.Volume.UUID, want.Value)
	case ByDevice:
		return d.Name == want.Value
	case AnyCD:
		return d.Optical
	}
	return false
}

// mountMedium mounts the medium, read-only.
func (in *installer) mountMedium(m *Medium) error {
	dir := in.path(RepoDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("mount the medium: %w", err)
	}
	device := "/dev/" + m.Device.Name
	if err := in.Kernel.Mount(in.path(device), dir, m.Device.Volume.Type, ReadOnly|NoSUID|NoDev, ""); err != nil {
		return fmt.Errorf("mount the medium %s as %s: %w", device, m.Device.Volume.Type, err)
	}
	return nil
}
