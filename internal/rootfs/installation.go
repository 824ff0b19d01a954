package rootfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// installation is the work of one Install.
type installation struct {
	*Options
	root *os.Root
	tree *tree
	db   *database
	plan *plan
	setting
	filter  filter
	workers int

	mu           sync.Mutex // guards what follows, db.interests, and calls of Progress
	read, toRead int64      // bytes of package files
	unpacked     map[*pkg]bool
	configured   map[*pkg]bool
	log          *tail
	added        []string // files to be removed at the end
}

// Install puts the packages into the root. When it fails, the root is unfit for
// anything but looking at; an error of type *PackageError names the package and
// the step. The files are not yet on the disk when it returns: the caller
// syncs when everything else is done.
func Install(ctx context.Context, o Options) (err error) {
	if err := o.Validate(); err != nil {
		return err
	}
	in := &installation{Options: &o, workers: o.Workers, filter: newFilter(o.ExcludeDocs, o.Languages),
		unpacked: make(map[*pkg]bool), configured: make(map[*pkg]bool), log: newTail(o.Log)}
	if in.workers == 0 {
		in.workers = runtime.GOMAXPROCS(0)
	}
	if in.plan, err = newPlan(ctx, o.Packages, in.workers); err != nil {
		return err
	}
	if err := in.open(); err != nil {
		return err
	}
	defer in.close()
	defer func() { err = errors.Join(err, in.tidy()) }()
	if err := in.bootstrap(ctx); err != nil {
		return err
	}
	defer in.readAhead(ctx)()
	return in.configureAll(ctx)
}

func (in *installation) open() (err error) {
	if in.root, err = os.OpenRoot(in.Root); err != nil {
		return err
	}
	if in.tree, err = openTree(in.Root); err != nil {
		in.close()
		return err
	}
	if _, err := in.root.Stat("var/lib/dpkg/status"); err == nil {
		in.close()
		return fmt.Errorf("%s holds packages already: dpkg's status is there", in.Root)
	}
	for _, p := range in.plan.pkgs {
		in.toRead += p.Size
	}
	if in.db, err = openDatabase(in.root); err != nil {
		in.close()
		return fmt.Errorf("making dpkg's database: %w", err)
	}
	return nil
}

func (in *installation) close() {
	if in.db != nil {
		_ = in.db.Close()
	}
	if in.tree != nil {
		_ = in.tree.Close()
	}
	_ = in.root.Close()
}

// told gives the progress callback for a package's bytes.
func (in *installation) told(step Step, p *pkg) func(int64) {
	if in.Progress == nil {
		return nil
	}
	return func(n int64) {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.read += n
		in.Progress(Event{Step: step, Package: p.Name, Done: in.read, Total: in.toRead})
	}
}

func (in *installation) tell(e Event) {
	if in.Progress != nil {
		in.mu.Lock()
		defer in.mu.Unlock()
		in.Progress(e)
	}
}

// bootstrap unpacks everything that need not wait for dpkg: first the Essential
// packages and what they need, then, beside their preinsts, the others whose
// preinsts do nothing. The rest is held to its checksums.
func (in *installation) bootstrap(ctx context.Context) error {
	base := in.plan.base()
	if err := in.unpackAll(ctx, base); err != nil {
		return err
	}
	if err := in.record(base); err != nil {
		return err
	}
	if err := in.quieten(); err != nil {
		return err
	}
	if err := in.readSetting(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var rest sync.WaitGroup
	rest.Go(func() {
		if err := in.unpackInert(ctx); err != nil {
			cancel(err)
		}
	})
	err := in.preinsts(ctx, base)
	if err != nil {
		cancel(err)
	}
	rest.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if err := in.lateDiversions(true); err != nil {
		return err
	}
	return in.record(in.plan.where(func(p *pkg) bool { return in.unpacked[p] && !slices.Contains(base, p) }))
}

// unpackInert unpacks what has no live preinst, and verifies what has one.
func (in *installation) unpackInert(ctx context.Context) error {
	left := in.plan.where(func(p *pkg) bool { return !in.unpacked[p] })
	var now, later []*pkg
	for _, p := range left {
		if p.preinst == live {
			later = append(later, p)
		} else {
			now = append(now, p)
		}
	}
	if err := in.unpackAll(ctx, now); err != nil {
		return err
	}
	return each(ctx, in.workers, later, func(ctx context.Context, p *pkg) error {
		if err := p.reading(ctx, nil, nil); err != nil {
			return p.failed(ctx, Reading, err)
		}
		return nil
	})
}

// unpackAll unpacks packages, several at a time.
func (in *installation) unpackAll(ctx context.Context, pkgs []*pkg) error {
	// The top of the tree, /bin -> usr/bin and the like, is there before all else.
	if len(pkgs) > 0 && pkgs[0].Name == "base-files" {
		if err := in.unpackOne(ctx, pkgs[0]); err != nil {
			return err
		}
		pkgs = pkgs[1:]
	}
	if err := inOrder(ctx, in.workers, pkgs, in.unpackOne); err != nil {
		return err
	}
	return in.tree.settle()
}

func (in *installation) unpackOne(ctx context.Context, p *pkg) error {
	control, err := in.unpack(ctx, p)
	if err == nil {
		err = in.db.writeInfo(p, control)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if err == nil {
		err = in.db.noteInterests(p, control)
	}
	if err != nil {
		return p.failed(ctx, Unpacking, err)
	}
	in.unpacked[p] = true
	return nil
}

// failed wraps what went wrong with a package; that the work was called off is
// no fault of any package.
func (p *pkg) failed(ctx context.Context, step Step, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &PackageError{Package: p.ID(), File: p.File, Step: step, Err: err}
}

// record enters packages into dpkg's database, in the order of their ranks.
func (in *installation) record(pkgs []*pkg) error {
	slices.SortFunc(in.db.interests, func(a, b interest) int { return in.plan.rankOf(a.by) - in.plan.rankOf(b.by) })
	if err := in.db.record(pkgs); err != nil {
		return fmt.Errorf("writing dpkg's database: %w", err)
	}
	return nil
}

// readSetting reads what bears on unpacking: diversions, overrides, accounts.
func (in *installation) readSetting() error {
	text := func(name string) []byte {
		data, err := in.root.ReadFile(name)
		if err != nil {
			return nil // base-passwd's preinst has not run yet
		}
		return data
	}
	in.users, in.groups = parseAccounts(text("etc/passwd")), parseAccounts(text("etc/group"))
	var err1, err2 error
	in.diversions, err1 = parseDiversions(text("var/lib/dpkg/diversions"))
	in.overrides, err2 = parseOverrides(text("var/lib/dpkg/statoverride"), in.users, in.groups)
	return errors.Join(err1, err2)
}

// lateDiversions follows the diversions that preinsts made after files were
// unpacked. Those of the base are only late because nothing could run before:
// dpkg would have put the files elsewhere at once, so they are moved. Any other
// preinst has dpkg-divert move them, or means to overwrite them.
func (in *installation) lateDiversions(move bool) error {
	in.tree.forget()
	if err := in.readSetting(); err != nil {
		return err
	}
	for name, d := range in.diversions {
		from, to := cursor{t: in.tree}, cursor{t: in.tree}
		err := in.divert(&from, &to, name, d, move)
		from.close()
		to.close()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("diverting /%s to /%s: %w", name, d.to, err)
		}
	}
	return nil
}

// divert moves one claim, and its file.
func (in *installation) divert(from, to *cursor, name string, d diversion, move bool) error {
	at, err := from.at(name)
	if err != nil {
		return err
	}
	goes, err := to.at(d.to)
	if err != nil {
		return err
	}
	in.tree.mu.Lock()
	defer in.tree.mu.Unlock()
	had, ok := in.tree.owner[at.real]
	if !ok || had.by.Name == d.by || had.name != name {
		return nil // nobody's, or under another name, which is not diverted
	}
	delete(in.tree.owner, at.real)
	in.tree.owner[goes.real] = had
	if !move {
		return nil
	}
	return unix.Renameat(at.dir, at.base, goes.dir, goes.base)
}

func (pl *plan) rankOf(binary string) int {
	name, _, _ := bytes.Cut([]byte(binary), []byte(":"))
	if p := pl.byName[string(name)]; p != nil {
		return p.rank
	}
	return len(pl.pkgs)
}
