package rootfs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/deb"
)

// configureAll has dpkg configure everything, unpacking what waited for that.
func (in *installation) configureAll(ctx context.Context) error {
	if len(in.Selections) > 0 {
		if err := in.run(ctx, Command{Argv: []string{"/usr/bin/debconf-set-selections"}, Env: in.environment(), Stdin: in.Selections}); err != nil {
			return fmt.Errorf("answering the packages' questions beforehand: %w", err)
		}
	}
	if err := in.configure(ctx, in.plan.base()); err != nil {
		return err
	}
	for {
		wave := in.nextWave()
		if len(wave) == 0 {
			break
		}
		var before []*pkg
		for _, p := range wave {
			before = append(before, p.before...)
		}
		if err := in.configure(ctx, in.plan.closure(before)); err != nil {
			return err
		}
		if err := in.preinsts(ctx, wave); err != nil {
			return err
		}
		if err := in.lateDiversions(false); err != nil {
			return err
		}
		if err := in.unpackAll(ctx, wave); err != nil {
			return err
		}
		if err := in.record(wave); err != nil {
			return err
		}
	}
	if err := in.dpkg(ctx, "--configure", "--pending"); err != nil {
		return err
	}
	return in.complete()
}

// nextWave gives packages that are not unpacked yet and of which everything is that
// must be configured before their preinsts run. Where they wait for each other,
// the first goes first.
func (in *installation) nextWave() []*pkg {
	left := in.plan.where(func(p *pkg) bool { return !in.unpacked[p] })
	ready := slices.DeleteFunc(slices.Clone(left), func(p *pkg) bool {
		return slices.ContainsFunc(in.plan.closure(p.before), func(q *pkg) bool { return q != p && !in.unpacked[q] })
	})
	if len(ready) == 0 && len(left) > 0 {
		return left[:1]
	}
	return ready
}

// configure has dpkg configure those of the packages that are unpacked and not
// configured yet.
func (in *installation) configure(ctx context.Context, pkgs []*pkg) error {
	args := []string{"--configure", "--"}
	for _, p := range pkgs {
		if in.unpacked[p] && !in.configured[p] {
			args = append(args, p.binary())
		}
	}
	if len(args) == 2 {
		return nil
	}
	return in.dpkg(ctx, args...)
}

// dpkg runs the target's dpkg and follows what it tells.
func (in *installation) dpkg(ctx context.Context, args ...string) error {
	in.log.mark()
	status := &statusReader{in: in}
	err := in.run(ctx, Command{
		Argv:   append([]string{"/usr/bin/dpkg", "--status-fd", "3", "--force-confdef", "--force-confold"}, args...),
		Env:    in.environment(),
		Status: status,
	})
	if err == nil || ctx.Err() != nil {
		return err
	}
	return in.blame(err, in.log.marked())
}

// blame finds in dpkg's output which packages failed, and what their scripts said
// last.
func (in *installation) blame(err error, output string) error {
	var faults []error
	for _, p := range in.plan.pkgs {
		for _, name := range []string{p.Name, p.Name + ":" + p.Arch} {
			before, reason, found := strings.Cut(output, "dpkg: error processing package "+name+" (--configure):\n")
			if !found {
				continue
			}
			reason, _, _ = strings.Cut(reason, "\n")
			said := before[max(0, strings.LastIndex(before, "Setting up "+name+" ")):]
			if !strings.HasPrefix(said, "Setting up ") {
				said = ""
			}
			faults = append(faults, &PackageError{Package: p.ID(), File: p.File, Step: Configuring, Err: errors.New(strings.TrimSpace(reason)), Output: lastLines(said)})
			break
		}
	}
	if len(faults) == 0 {
		return fmt.Errorf("%w\n%s", err, lastLines(output))
	}
	// A script that failed says more than the packages that waited in vain.
	slices.SortStableFunc(faults, func(a, b error) int { return waited(a) - waited(b) })
	return errors.Join(faults...)
}

func waited(err error) int {
	if strings.Contains(err.Error(), "dependency problems") {
		return 1
	}
	return 0
}

// lastLines cuts a program's words to a size that a person reads.
func lastLines(s string) string {
	const most = 2048
	s = strings.TrimSpace(s)
	if len(s) > most {
		s = s[len(s)-most:]
		if _, whole, ok := strings.Cut(s, "\n"); ok {
			s = whole
		}
	}
	return s
}

// complete holds dpkg's own account against what was to be installed.
func (in *installation) complete() error {
	status, err := in.root.Open("var/lib/dpkg/status")
	if err != nil {
		return err
	}
	defer status.Close()
	state := make(map[string]string, len(in.plan.pkgs))
	for para, err := range deb.ReadParagraphs(status) {
		if err != nil {
			return fmt.Errorf("dpkg's status: %w", err)
		}
		state[para.Get("Package")] = para.Get("Status")
	}
	var faults []error
	for _, p := range in.plan.pkgs {
		if got := state[p.Name]; got != "install ok installed" {
			faults = append(faults, &PackageError{Package: p.ID(), File: p.File, Step: Configuring, Err: fmt.Errorf("dpkg left it %q", got)})
		}
	}
	return errors.Join(faults...)
}
