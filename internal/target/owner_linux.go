package target

import "syscall"

// owner gives whom a file of the target belongs to.
func (a *applier) owner(name string) (uid, gid int, ok bool) {
	info, err := a.root.Stat(name)
	if err != nil {
		return 0, 0, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return int(st.Uid), int(st.Gid), true
}
