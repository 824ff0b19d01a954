package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"cdbuilder/internal/fetch"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/repo"
	"cdbuilder/internal/tool"
)

// lockFor finds the lock of a request: the one given, the one that is there
// and answers it, or a fresh one. It reports whether the lock is to be written.
func (r *revisor) lockFor(ctx context.Context, req *request) (fresh bool, err error) {
	if r.from != "" {
		if r.update {
			return false, tool.Usage("--lock builds from a lock as it is, --update makes a new one: give one of them")
		}
		return true, r.readLock(r.from)
	}
	if !r.update {
		switch err := r.readLock(r.LockPath()); {
		case err == nil:
			digest, err := req.digest()
			if err != nil || r.lock.Request == digest {
				return false, err
			}
			r.Say("the request has changed since the lock was made: resolving anew")
		case !errors.Is(err, fs.ErrNotExist):
			r.Warn("%v; resolving anew", err)
		}
	}
	set, err := r.readSources(ctx)
	if err != nil {
		return false, err
	}
	r.lock, err = r.resolve(ctx, req, set)
	return true, err
}

func (r *revisor) readLock(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r.lock, err = pkgset.DecodeLock(f, path)
	return err
}

// writeLock puts the lock in place. It comes last: a lock that names what can't
// be had, or can't be placed, is no use to anybody.
func (r *revisor) writeLock() error {
	var b bytes.Buffer
	if err := r.lock.Encode(&b); err != nil {
		return err
	}
	if old, err := os.ReadFile(r.LockPath()); err == nil && bytes.Equal(old, b.Bytes()) {
		return nil
	}
	return tool.WriteFile(r.LockPath(), b.Bytes())
}

// client downloads into the cache.
func (r *revisor) client() *fetch.Client {
	const parallel = 8
	return &fetch.Client{Dir: r.CacheDir, HTTP: fetch.NewHTTP(r.Getenv, parallel), Parallel: parallel, Idle: r.idle, Now: r.Now}
}

// readSources reads every repository whole, and reports the faults of all.
func (r *revisor) readSources(ctx context.Context) (*pkgset.Set, error) {
	set := new(pkgset.Set)
	client := r.client()
	bar := r.Progress("reading package indexes", 0, tool.Bytes)
	defer bar.End()
	var faults []error
	for _, s := range r.p.Repository {
		src, err := repo.SourceOf(r.p, s, os.DirFS("/"), r.Getenv)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		pkgs, err := repo.Load(ctx, client, src, repo.Options{Now: r.Now(), Progress: bar.Add})
		if err != nil {
			faults = append(faults, err)
			continue
		}
		set.Add(pkgs...)
	}
	return set, errors.Join(faults...)
}

// download fetches every locked package that the cache lacks.
func (r *revisor) download(ctx context.Context) error {
	wants, err := r.wants()
	if err != nil {
		return err
	}
	client := r.client()
	var total, missing int64
	for _, w := range wants {
		total += w.Size
		if _, there := client.Cached(w); !there {
			missing += w.Size
		}
	}
	if err := tool.Room(r.CacheDir, missing); err != nil {
		return fmt.Errorf("downloading packages: %w", err)
	}
	bar := r.Progress("downloading", total, tool.Bytes)
	defer bar.End()
	return client.FetchAll(ctx, wants, bar.Add)
}

// wants lists the files of the locked packages, with the place of each.
func (r *revisor) wants() ([]fetch.Want, error) {
	bases := make(map[string]string)
	var faults []error
	for _, s := range r.p.Repository {
		base, err := repo.Base(s, os.DirFS("/"), r.Getenv)
		faults = append(faults, err)
		bases[s.ID] = base
	}
	var wants []fetch.Want
	var gone []string // repositories that only the lock knows
	from := make(map[string][]string)
	for _, p := range r.lock.Package {
		base, known := bases[p.Repository]
		if !known {
			if from[p.Repository] == nil {
				gone = append(gone, p.Repository)
			}
			from[p.Repository] = append(from[p.Repository], p.Name)
			continue
		}
		wants = append(wants, fetch.Want{
			URLs: []string{repo.URL(base, p.Path)}, SHA256: p.SHA256, Size: p.Size,
			Name: fmt.Sprintf("package %s %s of repository %s", p.Name, p.Version, p.Repository),
		})
	}
	for _, id := range gone {
		faults = append(faults, fmt.Errorf("%s: %d packages, such as %s, come from the repository %q, which %s does not have",
			cmp.Or(r.from, r.LockPath()), len(from[id]), from[id][0], id, filepath.Base(r.p.Path)))
	}
	return wants, errors.Join(faults...)
}
