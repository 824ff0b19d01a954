// Package tool is the frame of every program in tools/: signals, streams, the
// common flags, exit codes, progress, and how errors reach the person.
//
// A main is ten lines: it hands Main a function that describes its command.
// Exit codes are 0 for done, 1 for a failure, 2 for wrong usage, 130 after
// Ctrl-C. Errors go to stderr, one fault a line, with the program's name in
// front; results go to stdout, as text or with --json as JSON.
package tool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"cdbuilder/internal/product"
	"cdbuilder/internal/world"

	"github.com/spf13/cobra"
)

// Tool is one run of one program.
type Tool struct {
	*world.Env
	Name string

	ProductDir string // the product's directory
	BuildDir   string // where intermediate files go
	CacheDir   string // downloads, shared between products
	JSON       bool
	Quiet      bool

	terminal bool // stderr is one
	width    int  // its columns
}

// Main runs a program in the real world and ends the process.
func Main(command func(*Tool) *cobra.Command) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := Run(ctx, world.Real(), os.Args[1:], command)
	stop()
	os.Exit(code)
}

// Run runs a program in any world and returns its exit code.
func Run(ctx context.Context, env *world.Env, args []string, command func(*Tool) *cobra.Command) int {
	t := &Tool{Env: env}
	cmd := command(t)
	t.Name = cmd.Name()
	t.terminal, t.width = terminalOf(env)
	t.frame(cmd)
	cmd.SetArgs(args)
	cmd.SetContext(ctx)
	err := cmd.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		fmt.Fprintf(t.Stderr, "%s: interrupted; nothing is left half-written, run it again to go on\n", t.Name)
		return 130
	}
	t.report(err)
	var usage *UsageError
	if errors.As(err, &usage) {
		fmt.Fprintf(t.Stderr, "%s: see %s --help\n", t.Name, t.Name)
		return 2
	}
	return 1
}

// UsageError is a wrong command line.
type UsageError struct{ Err error }

// Error gives the cause.
func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *UsageError) Unwrap() error { return e.Err }

// Usage makes a UsageError.
func Usage(format string, args ...any) error {
	return &UsageError{fmt.Errorf(format, args...)}
}

// Hint is an error with advice, which is shown on a line of its own.
type Hint struct {
	Err    error
	Advice string
}

// Error gives the cause alone.
func (e *Hint) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Hint) Unwrap() error { return e.Err }

// frame puts the common flags and manners on a command and those below it.
func (t *Tool) frame(cmd *cobra.Command) {
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetOut(t.Stdout)
	cmd.SetErr(t.Stderr)
	cmd.SetIn(t.Stdin)
	cmd.CompletionOptions.HiddenDefaultCmd = true
	f := cmd.PersistentFlags()
	f.StringVar(&t.ProductDir, "product", t.or("CDB_PRODUCT", "."), "the product's `directory` (version.toml, comps/, kickstart/ …)")
	f.StringVar(&t.BuildDir, "build", t.Getenv("CDB_BUILD"), "`directory` for intermediate files (default: build in the product's directory)")
	f.StringVar(&t.CacheDir, "cache", t.Getenv("CDB_CACHE"), "`directory` for downloads (default: cache in the build directory)")
	f.BoolVar(&t.JSON, "json", false, "results on stdout and progress on stderr as JSON")
	f.BoolVarP(&t.Quiet, "quiet", "q", t.Getenv("CDB_QUIET") != "", "say nothing but results and errors")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &UsageError{err} })
	walk(cmd, func(c *cobra.Command) {
		c.DisableFlagsInUseLine = true
		args := c.Args
		if c.HasSubCommands() && c.RunE == nil {
			c.RunE = func(c *cobra.Command, args []string) error {
				if len(args) > 0 {
					return Usage("unknown command %q", args[0])
				}
				return c.Help()
			}
			args = cobra.ArbitraryArgs
		}
		if args == nil {
			args = cobra.NoArgs
		}
		c.Args = func(c *cobra.Command, given []string) error {
			if err := args(c, given); err != nil {
				return &UsageError{err}
			}
			t.places()
			return nil
		}
	})
}

func walk(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, sub := range c.Commands() {
		walk(sub, do)
	}
}

func (t *Tool) or(key, otherwise string) string {
	if v := t.Getenv(key); v != "" {
		return v
	}
	return otherwise
}

// places fills in the directories that follow from others.
func (t *Tool) places() {
	if t.BuildDir == "" {
		t.BuildDir = filepath.Join(t.ProductDir, "build")
	}
	if t.CacheDir == "" {
		t.CacheDir = filepath.Join(t.BuildDir, "cache")
	}
}

// Product reads the product's version.toml.
func (t *Tool) Product() (*product.File, error) {
	return product.Load(t.ProductDir, t.Getenv)
}

// Say tells the person something, unless --quiet or --json.
func (t *Tool) Say(format string, args ...any) {
	if t.Quiet || t.JSON {
		return
	}
	fmt.Fprintf(t.Stderr, "%s: "+format+"\n", append([]any{t.Name}, args...)...)
}

// Warn tells the person something that deserves attention, also with --quiet.
func (t *Tool) Warn(format string, args ...any) {
	fmt.Fprintf(t.Stderr, "%s: warning: "+format+"\n", append([]any{t.Name}, args...)...)
}

// Result gives a program's result: v as JSON with --json, else what text writes.
func (t *Tool) Result(v any, text func(w io.Writer) error) error {
	if t.JSON {
		enc := json.NewEncoder(t.Stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	return text(t.Stdout)
}

// report writes the faults, one a line, and then the advice.
func (t *Tool) report(err error) {
	for _, line := range strings.Split(err.Error(), "\n") {
		fmt.Fprintf(t.Stderr, "%s: %s\n", t.Name, line)
	}
	advice := t.roomAdvice(err)
	var hint *Hint
	if errors.As(err, &hint) {
		advice = hint.Advice
	}
	if advice != "" {
		fmt.Fprintf(t.Stderr, "%s: hint: %s\n", t.Name, advice)
	}
}

// Version names the build of cd-builder: the module's version, or "devel".
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
