// Package isotree knows what is where on the medium: the tree that the build's
// steps roll up, the boot menus, the EFI system partition, the .disk files, and
// how to verify a finished ISO.
//
// It takes entries and plain values; where content comes from is for its
// callers. The same folder holds the product's static files: keys/, files/
// (copied to the medium's root as they are) and README.in.
package isotree
