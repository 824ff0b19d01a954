package initrd

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
)

// parts are what the packages lend.
type parts struct {
	modules *closure
	tools   *tools
	busybox []byte
}

// gather reads the kernel and, beside it, all other packages. Of two faults
// both are told, always in the same order.
func gather(ctx context.Context, o Options) (p parts, err error) {
	var others error
	var wait sync.WaitGroup
	wait.Go(func() {
		var shell error
		if p.busybox, shell = readShell(ctx, o.Shell, o.Progress); shell != nil {
			shell = fmt.Errorf("read shell package: %w", shell)
		}
		var programs error
		if p.tools, programs = readTools(ctx, o); programs != nil {
			programs = fmt.Errorf("read programs: %w", programs)
		}
		others = errors.Join(shell, programs)
	})
	p.modules, err = readModules(ctx, o)
	wait.Wait()
	return p, errors.Join(err, others)
}

// readModules chooses among the kernel's modules.
func readModules(ctx context.Context, o Options) (*closure, error) {
	k, err := readKernel(ctx, o.Kernel, o.Progress)
	if err != nil {
		return nil, fmt.Errorf("read kernel package: %w", err)
	}
	_, drop := splitDrop(o.Drop)
	c, err := choose(ctx, k, drop)
	if err != nil {
		return nil, fmt.Errorf("choose modules of kernel %s: %w", k.release, err)
	}
	k.forget()
	return c, checkMachine(o.Init, c)
}

// checkStatic refuses what a kernel cannot start without other files.
func checkStatic(program []byte) error {
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return fmt.Errorf("not an ELF file: %w", err)
	}
	if f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN {
		return fmt.Errorf("an ELF file of type %v, not a program", f.Type)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return errors.New("linked dynamically; it must be static, there are no libraries beside it")
		}
	}
	return nil
}

// checkMachine refuses an init for another processor than the kernel's.
func checkMachine(init []byte, c *closure) error {
	ours, err := elf.NewFile(bytes.NewReader(init))
	if err != nil {
		return err
	}
	// All modules of a kernel are for one machine.
	names := slices.Sorted(maps.Keys(c.modules))
	if len(names) == 0 {
		return fmt.Errorf("the kernel %s has none of the modules that a medium needs", c.kernel.release)
	}
	theirs, err := elf.NewFile(bytes.NewReader(c.modules[names[0]].data))
	if err != nil {
		return err
	}
	if ours.Machine != theirs.Machine {
		return fmt.Errorf("the init program is for %v, the kernel %s for %v", ours.Machine, c.kernel.release, theirs.Machine)
	}
	return nil
}

// packageNames joins names for a message.
func packageNames(packages []Package) string {
	var names []string
	for _, p := range packages {
		names = append(names, path.Base(p.Name))
	}
	return strings.Join(names, ", ")
}
