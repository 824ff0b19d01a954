// Package cdbuilder is the root of cd-builder, the toolchain that turns a
// package set, a kickstart, a comps file and a splash picture into a bootable,
// signed, published installer ISO. The programs are in tools/, the order in
// which they work is in the Makefile, and README.md says how to begin.
package cdbuilder
