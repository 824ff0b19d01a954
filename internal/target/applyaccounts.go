package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// entry finds a name's line in passwd(5) or group(5) of the target.
func (a *applier) entry(file, name string) (fields []string, err error) {
	data, err := a.root.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if fields[0] == name && len(fields) >= 4 {
			return fields, nil
		}
	}
	return nil, nil
}

func (g Group) do(ctx context.Context, a *applier) error {
	have, err := a.entry("etc/group", g.Name)
	switch {
	case err != nil:
		return err
	case have == nil:
		return a.run(ctx, g.argv(), "", nil)
	case g.GID != "" && have[2] != g.GID:
		return fmt.Errorf("the group %s is there with the number %s, and the kickstart wants %s", g.Name, have[2], g.GID)
	}
	return nil
}

// do makes the account, or gives one that a package made what the kickstart says.
func (u Account) do(ctx context.Context, a *applier) error {
	have, err := a.entry("etc/passwd", u.Name)
	if err != nil {
		return err
	}
	if have != nil {
		return u.change(ctx, a, have)
	}
	if err := a.run(ctx, u.argv(), "", nil); err != nil {
		return err
	}
	if have, err = a.entry("etc/passwd", u.Name); err != nil || len(have) < 7 {
		return errors.Join(err, fmt.Errorf("useradd made no account %s", u.Name))
	}
	if uid, _, ok := a.owner(at(have[5])); ok && strconv.Itoa(uid) != have[2] {
		a.warn("the home of %s, %s, was there and belongs to the account number %d, not %s", u.Name, have[5], uid, have[2])
	}
	return nil
}

func (u Account) change(ctx context.Context, a *applier, have []string) error {
	if u.UID != "" && u.UID != have[2] {
		return fmt.Errorf("the account %s is there with the number %s, and the kickstart wants %s", u.Name, have[2], u.UID)
	}
	a.warn("the account %s was there already; its shell, comment and groups are set", u.Name)
	argv := []string{"usermod", "--shell", u.Shell}
	if u.Comment != "" {
		argv = append(argv, "--comment", u.Comment)
	}
	if len(u.Groups) > 0 {
		argv = append(argv, "--append", "--groups", strings.Join(u.Groups, ","))
	}
	return a.run(ctx, append(argv, "--", u.Name), "", nil)
}

func (p Password) do(ctx context.Context, a *applier) error {
	if p.Hash != "" {
		if err := a.run(ctx, []string{"chpasswd", "--encrypted"}, Secret(p.Account+":")+p.Hash+"\n", nil); err != nil {
			return err
		}
	}
	if p.Lock {
		return a.run(ctx, []string{"usermod", "--lock", "--", p.Account}, "", nil)
	}
	return nil
}

// do adds the keys that are not there yet. A home may come from an older system:
// what its .ssh is, is looked at before anything is written there.
func (k Keys) do(_ context.Context, a *applier) error {
	have, err := a.entry("etc/passwd", k.Account)
	if err != nil {
		return err
	}
	if len(have) < 7 {
		a.warn("there is no account %s to put a key into", k.Account)
		return nil
	}
	uid, err1 := strconv.Atoi(have[2])
	gid, err2 := strconv.Atoi(have[3])
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("the account %s: %w", k.Account, err)
	}
	dir := at(have[5] + "/.ssh")
	if err := a.private(dir, uid, gid); err != nil {
		return err
	}
	file := dir + "/authorized_keys"
	if info, err := a.root.Lstat(file); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("/%s is no regular file", file)
	}
	data, err := a.root.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(data) > 0 && !bytes.HasSuffix(data, []byte("\n")) {
		data = append(data, '\n')
	}
	for _, line := range k.Lines {
		if !bytes.Contains(append([]byte("\n"), data...), []byte("\n"+line+"\n")) {
			data = append(data, line+"\n"...)
		}
	}
	return a.put(file, 0o600, data, uid, gid)
}

// private makes a directory for one account alone.
func (a *applier) private(dir string, uid, gid int) error {
	info, err := a.root.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := a.directory(dir); err != nil {
			return err
		}
		if err := a.root.Mkdir(dir, 0o700); err != nil {
			return err
		}
		return errors.Join(a.root.Chmod(dir, 0o700), a.root.Lchown(dir, uid, gid))
	}
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("/%s is no directory", dir)
	}
	return err
}

// do enables or disables a unit, by the name that it has here.
func (s Service) do(ctx context.Context, a *applier) error {
	name := unit(s.Name)
	if here, ok := debianUnits[name]; ok && a.hasUnit(here) {
		name = here
	}
	verb := "disable"
	if s.Enable {
		verb = "enable"
	}
	if !a.hasUnit(name) {
		if s.Enable {
			a.warn("no installed package brings the service %s; it cannot be enabled", s.Name)
		}
		return nil
	}
	if err := a.run(ctx, []string{"systemctl", "--quiet", verb, "--", name}, "", nil); err != nil && ctx.Err() == nil {
		a.warn("the service %s could not be %sd: %v", s.Name, verb, err)
	}
	return ctx.Err()
}

// hasUnit reports whether a unit is defined, as a file of systemd's or a script in
// init.d.
func (a *applier) hasUnit(name string) bool {
	for _, dir := range unitPaths {
		if _, err := a.root.Lstat(dir + "/" + templateOf(name)); err == nil {
			return true
		}
	}
	_, err := a.root.Lstat("etc/init.d/" + strings.TrimSuffix(name, ".service"))
	return err == nil
}

// do has locales made, and says which could not be: locale-gen doesn't.
func (l Locales) do(ctx context.Context, a *applier) error {
	if err := a.run(ctx, []string{"locale-gen"}, "", nil); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := a.run(ctx, []string{"locale", "-a"}, "", &out); err != nil {
		return err
	}
	made := strings.Fields(out.String())
	for _, name := range l.Names {
		if !l.among(made, name) {
			a.warn("there is no locale %s; programs that ask for it speak plain English", name)
		}
	}
	return nil
}

// among compares names as locale -a writes them: en_US.utf8.
func (Locales) among(made []string, name string) bool {
	plain := func(s string) string {
		base, set, _ := strings.Cut(s, ".")
		return base + "." + strings.ToLower(strings.ReplaceAll(set, "-", ""))
	}
	for _, m := range made {
		if plain(m) == plain(name) {
			return true
		}
	}
	return false
}
