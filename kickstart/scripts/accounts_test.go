package scripts

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAccounts(t *testing.T) {
	calls, _ := Commands("/bin/sh", `adduser --quiet --system --group --home /var/lib/a --gecos "A b" a
addgroup --system b
adduser --system --ingroup b --no-create-home c
useradd -r -g d -s /sbin/nologin -d /e e
groupadd -r -g 12 f
NAME=g; getent passwd $NAME || /usr/sbin/useradd -r $NAME
adduser a b
useradd "$X"
if ! getent group h; then addgroup --quiet h; fi
adduser --group --gid 5 i
`, 1)
	var got []string
	for _, a := range Accounts(calls) {
		got = append(got, fmt.Sprintf("%d %s %v", a.Line, a.Name, a.Group))
	}
	want := "1 a false,1 a true,2 b true,3 c false,4 e false,5 f true,6 g false,6 g true,9 h true,10 i true"
	if diff := cmp.Diff(want, strings.Join(got, ",")); diff != "" {
		t.Error(diff)
	}
}

func TestServices(t *testing.T) {
	calls, _ := Commands("/bin/sh", `systemctl enable --now a.service b
systemctl -q disable c || true
chkconfig --level 345 d on
service e stop
systemctl mask f
systemctl enable $X g@tty1
systemctl --user enable h
systemctl daemon-reload
update-rc.d i defaults
chkconfig --list
`, 1)
	var got []string
	for _, s := range Services(calls) {
		got = append(got, fmt.Sprintf("%d %s %v", s.Call.Line, s.Name, s.On))
	}
	want := "1 a.service true,1 b true,2 c false,3 d true,4 e false,6 g@tty1 true,9 i true"
	if diff := cmp.Diff(want, strings.Join(got, ",")); diff != "" {
		t.Error(diff)
	}
}
