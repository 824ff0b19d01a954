// Package world holds what a program takes from outside itself: its streams,
// its environment, its clock. It is handed down as a value, so that every
// part of cd-builder can be run by a test in a world of the test's own making.
package world

import (
	"io"
	"os"
	"time"
)

// Env is the outside of one program run.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Environ        []string
	Now            func() time.Time
}

// Real is the process's own world.
func Real() *Env {
	return &Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: os.Getenv, Environ: os.Environ(), Now: time.Now,
	}
}
