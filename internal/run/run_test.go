package run

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"
)

func TestErrorTellsCommandAndLastWords(t *testing.T) {
	err := Cmd(context.Background(), Spec{Argv: []string{judge.Program(t, "sh"), "-c", "echo first; echo no disk >&2; exit 3"}})
	var failed *Error
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want *Error", err)
	}
	for _, want := range []string{"-c 'echo first; echo no disk >&2; exit 3'", "exit status 3", "no disk"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q lacks %q", err, want)
		}
	}
}

func TestQuoteIsReadBackByTheShell(t *testing.T) {
	words := []string{"plain", "", "two words", "it's", "$HOME", "a\"b", "`x`", "-n", "*"}
	var out bytes.Buffer
	argv := []string{judge.Program(t, "sh"), "-c", "printf '%s\\n' " + Quote(words)}
	if err := Cmd(context.Background(), Spec{Argv: argv, Stdout: &out}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), strings.Join(words, "\n")+"\n"; got != want {
		t.Errorf("the shell read %q, want %q", got, want)
	}
}

func TestEnvironmentIsNotInherited(t *testing.T) {
	t.Setenv("CDB_SECRET", "x")
	var out bytes.Buffer
	if err := Cmd(context.Background(), Spec{Argv: []string{judge.Program(t, "env")}, Stdout: &out}); err != nil {
		t.Fatal(err)
	}
	if out.Len() != 0 {
		t.Errorf("the program saw %q, want nothing", out.String())
	}
}

func TestCancelEndsTheWholeGroup(t *testing.T) {
	mark := t.TempDir() + "/alive"
	ctx, cancel := context.WithCancel(context.Background())
	p, err := Start(ctx, Spec{
		Argv:  []string{judge.Program(t, "sh"), "-c", "(sleep 2; touch " + mark + ") & wait"},
		Env:   os.Environ(),
		Grace: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := p.Wait(); err == nil {
		t.Error("a cancelled program ended without an error")
	}
	time.Sleep(2500 * time.Millisecond)
	if _, err := os.Stat(mark); err == nil {
		t.Error("the program's child outlived it")
	}
}

func TestMissingProgram(t *testing.T) {
	if _, err := Look("no-such-program-here"); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("got %v, want ErrNotInstalled", err)
	}
}
