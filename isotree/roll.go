package isotree

import "errors"

// Roll does one step's share of the tree below a build directory: fill puts the
// files there; when it fails, the tree is as it was before.
func Roll(build, step string, fill func(*Layer) error) (err error) {
	tree, err := Open(build)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tree.Close()) }()
	layer, err := tree.Begin(step)
	if err != nil {
		return err
	}
	defer layer.Abort()
	if err := fill(layer); err != nil {
		return err
	}
	return layer.Commit()
}

// Tree is the tree that the layer belongs to, with what other steps put there.
func (l *Layer) Tree() *Tree { return l.t }
