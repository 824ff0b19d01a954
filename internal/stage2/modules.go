package stage2

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"cdbuilder/internal/initrd/modindex"
)

// always are modules that no device calls for by itself, or too late: those
// that make discs and file systems readable, and keyboards.
var always = []string{"sd_mod", "sr_mod", "isofs", "nls_utf8", "usb_storage", "uas", "usbhid", "hid_generic", "mmc_block", "loop", "overlay"}

// loader puts modules into the kernel, each at most once.
type loader struct {
	dir    string // /usr/lib/modules/6.12.41-amd64
	index  *modindex.Index
	load   func(file string) error
	sys    string
	tried  map[string]error // by module name
	called map[string]bool  // modaliases that were served
}

// openModules reads the index for the kernel that runs, and loads the modules
// that are always wanted. Also beside an error the loader works: without an
// index it does nothing.
func (in *installer) openModules() (*loader, error) {
	l, err := in.newLoader()
	in.makeNodes(l.index)
	for _, name := range always {
		_ = l.module(name) // remembered in l.tried
	}
	return l, err
}

// makeNodes makes the devices that call for their modules when they are opened
// first. The kernel makes them only when the module is in.
func (s *System) makeNodes(index *modindex.Index) {
	for _, n := range index.Nodes() {
		file := s.path("/dev/" + n.Name)
		// A program that finds none still gets on once the module is in.
		if os.MkdirAll(filepath.Dir(file), 0o755) == nil {
			_ = s.Kernel.Node(file, n.Major, n.Minor)
		}
	}
}

func (s *System) newLoader() (*loader, error) {
	l := &loader{load: s.Kernel.LoadModule, sys: s.path("/sys"), index: &modindex.Index{}, tried: map[string]error{}, called: map[string]bool{}}
	release := line(s.path("/proc/sys/kernel"), "osrelease")
	l.dir = s.path("/usr/lib/modules/" + release)
	f, err := os.Open(filepath.Join(l.dir, modindex.File))
	if err != nil {
		return l, fmt.Errorf("no modules can be loaded for the running kernel %s (was the medium's kernel started with another medium's initrd.img?): %w", release, err)
	}
	defer f.Close()
	index, err := modindex.Read(f)
	if err != nil {
		return l, fmt.Errorf("no modules can be loaded: %s: %w", f.Name(), err)
	}
	l.index = index
	return l, nil
}

// errUnknownModule is for names that are in neither index nor kernel.
var errUnknownModule = errors.New("no such module")

// module loads a module, before it what it needs, after it what is wished for.
func (l *loader) module(name string) error {
	if err, ok := l.tried[name]; ok {
		return err
	}
	m, ok := l.index.Module(name)
	if !ok {
		if l.index.IsBuiltin(name) {
			return nil
		}
		return errUnknownModule
	}
	l.tried[name] = nil // also cuts circles of wishes
	for _, need := range m.Before {
		_ = l.module(need) // if it mattered, this one fails too
	}
	err := l.load(filepath.Join(l.dir, m.Path))
	l.tried[name] = err
	if err != nil {
		return err
	}
	for _, wish := range m.After {
		_ = l.module(wish)
	}
	return nil
}

// coldplug loads the modules that the machine's devices call for, and goes on
// while new ones bring up new devices. A nil loader does nothing.
func (l *loader) coldplug() {
	for round := 0; l != nil && round < 20; round++ {
		again := false
		// Every device with a modalias is on a bus.
		files, _ := filepath.Glob(filepath.Join(l.sys, "bus/*/devices/*/modalias"))
		for _, file := range files {
			alias := line(filepath.Dir(file), "modalias")
			if alias == "" || l.called[alias] {
				continue
			}
			l.called[alias] = true
			for _, name := range l.index.Match(alias) {
				if _, done := l.tried[name]; !done {
					_ = l.module(name)
					again = true
				}
			}
		}
		if !again {
			return
		}
	}
}

// failures lists the modules that could not be loaded, less those that found
// nothing to drive, which is how a module says that it is not needed.
func (l *loader) failures() []string {
	if l == nil {
		return nil
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(l.tried)) {
		if err := l.tried[name]; err != nil && !errors.Is(err, syscall.ENODEV) {
			list = append(list, fmt.Sprintf("%s (%v)", name, err))
		}
	}
	return list
}

// Modprobe is what the kernel runs when it misses a module: "modprobe -q --
// fs-ext4". It loads every module that the names or aliases stand for, and
// returns the exit code.
func Modprobe(s *System, args []string, stderr io.Writer) int {
	l, err := s.newLoader()
	quiet := false
	code := 0
	fail := func(format string, a ...any) {
		code = 1
		if !quiet {
			fmt.Fprintf(stderr, "modprobe: "+format+"\n", a...)
		}
	}
	if err != nil {
		fail("%v", err)
		return code
	}
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			quiet = quiet || arg == "-q"
			continue
		}
		names := l.index.Match(arg)
		if len(names) == 0 {
			names = []string{modindex.Name(path.Base(arg))}
		}
		for _, name := range names {
			if err := l.module(name); err != nil {
				fail("%s: %v", name, err)
			}
		}
	}
	return code
}
