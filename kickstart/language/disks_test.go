package language_test

import "testing"

func TestDisksTable(t *testing.T) {
	for _, b := range []boundary{
		{version: "FC3", line: "clearpart --linux --all --initlabel --drives=hda,hdb", verdict: "ok", writes: "clearpart --all --initlabel --drives=hda,hdb"},
		{version: "F16", line: "clearpart --list=sda1", verdict: "error", says: "doesn't exist before F17"},
		{version: "F17", line: "clearpart --list=sda1 --all", verdict: "ok", writes: "clearpart --list=sda1"},
		{version: "F20", line: "clearpart --all --disklabel=gpt", verdict: "error", says: "doesn't exist before F21"},
		{version: "RHEL7", line: "clearpart --cdl --all --disklabel=gpt", verdict: "ok", writes: "clearpart --all --disklabel=gpt --cdl"},
		{version: "RHEL6", line: "clearpart --cdl", verdict: "error", says: "doesn't exist before RHEL7"},
		{version: "RHEL8", line: "clearpart all", verdict: "error", says: "did you mean --all?"},
		{version: "RHEL8", line: "clearpart --all --drive=sda", verdict: "ok", writes: "clearpart --all --drives=sda"},
		{version: "RHEL8", line: "clearpart --all--initlabel", verdict: "error", says: "--all--initlabel"},

		{version: "RHEL3", line: "ignoredisk", verdict: "error", says: "needs --drives=…"},
		{version: "F7", line: "ignoredisk --only-use=sda", verdict: "error", says: "doesn't exist before F8"},
		{version: "RHEL4", line: "ignoredisk --only-use=sda", verdict: "ok", writes: "ignoredisk --only-use=sda"},
		{version: "F13", line: "ignoredisk --interactive", verdict: "error", says: "doesn't exist before F14"},
		{version: "F14", line: "ignoredisk --interactive", verdict: "ok", writes: "ignoredisk --interactive"},
		{version: "F28", line: "ignoredisk --interactive --drives=sda", verdict: "error", says: "cannot stand together"},
		{version: "F29", line: "ignoredisk --interactive --drives=sda", verdict: "deprecated", says: "name the disks"},
		{version: "RHEL8", line: "ignoredisk --interactive", verdict: "error", says: "needs one of --drives, --only-use"},
		{version: "F34", line: "ignoredisk --interactive --drives=sda", verdict: "error", says: "gone since F34; name the disks"},
		{version: "RHEL9", line: "ignoredisk --drives=sda --only-use=sdb", verdict: "error", says: "disks to leave alone"},
		{version: "RHEL9", line: "ignoredisk --only-use=", verdict: "error", says: "needs one of"},

		{version: "F8", line: "zerombr yes", verdict: "deprecated", says: "write zerombr alone", writes: "zerombr"},
		{version: "RHEL5", line: "zerombr --yes", verdict: "deprecated"},
		{version: "F9", line: "zerombr yes", verdict: "error", says: "write zerombr alone"},
		{version: "RHEL6", line: "zerombr", verdict: "ok", writes: "zerombr"},

		{version: "RHEL4", line: "dmraid --name=a --dev=x", verdict: "error", says: "doesn't exist before RHEL5"},
		{version: "RHEL6", line: "dmraid --dev=x --name=/dev/mapper/a --dev=y", verdict: "ok", writes: `dmraid --name=a --dev="x" --dev="y"`},
		{version: "F23", line: "dmraid --name=a --dev=x\ndmraid --name=a --dev=x", verdict: "warning", says: "already said"},
		{version: "F23", line: "dmraid --name=a --dev=x\ndmraid --name=a --dev=y", verdict: "ok"},
		{version: "F24", line: "dmraid anything", verdict: "deprecated"},
		{version: "F34", line: "dmraid --name=a --dev=x", verdict: "error", says: "gone since F34; remove the line"},
		{version: "FC6", line: "multipath --name=a --device=sdb --rule=failover\nmultipath --name=b --device=sdb --rule=failover", verdict: "error", says: "already said"},
		{version: "RHEL8", line: "multipath", verdict: "deprecated", says: "by-id"},
		{version: "RHEL9", line: "multipath", verdict: "error", says: "gone since RHEL9"},

		{version: "F11", line: "fcoe --nic=ens3", verdict: "error", says: "doesn't exist before F12"},
		{version: "F12", line: "fcoe --nic=ens3 --dcb", verdict: "error", says: "doesn't exist before F13"},
		{version: "RHEL6", line: "fcoe --nic=ens3 --autovlan", verdict: "error", says: "doesn't exist before RHEL7"},
		{version: "F28", line: "fcoe --autovlan --dcb --nic=ens3", verdict: "ok", writes: "fcoe --nic=ens3 --dcb --autovlan"},
		{version: "RHEL10", line: "fcoe --nic=ens3\nfcoe --nic=ens3", verdict: "warning", says: "already said"},

		{version: "FC5", line: "iscsi --ipaddr=192.0.2.1", verdict: "error", says: "doesn't exist before FC6"},
		{version: "RHEL5", line: "iscsi --ipaddr=192.0.2.1 --port=3260", verdict: "ok", writes: "iscsi --ipaddr=192.0.2.1"},
		{version: "F9", line: "iscsi --ipaddr=192.0.2.1 --reverse-user=u", verdict: "error", says: "doesn't exist before F10"},
		{version: "F16", line: "iscsi --ipaddr=192.0.2.1 --iface=ens3", verdict: "error", says: "doesn't exist before F17"},
		{version: "RHEL6", line: "iscsi --iface=ens3 --reverse-password=p --ipaddr=192.0.2.1 --port=1", verdict: "ok", writes: "iscsi --ipaddr=192.0.2.1 --port=1 --reverse-password=p --iface=ens3"},
		{version: "RHEL8", line: "iscsi --target=iqn.2001-04.com.example:disk", verdict: "error", says: "needs --ipaddr=…"},
		{version: "RHEL8", line: "iscsi --ipaddr=192.0.2.1 --port=iscsi", verdict: "error", says: "whole number"},
		{version: "RHEL8", line: "iscsiname iqn.2001-04.com.example:host", verdict: "ok", writes: "iscsiname iqn.2001-04.com.example:host"},
		{version: "RHEL8", line: "iscsiname", verdict: "error", says: "needs one initiator name"},

		{version: "RHEL3", line: "zfcp --devnum=1", verdict: "error", says: "doesn't exist before RHEL4"},
		{version: "F11", line: "zfcp --devnum=1 --wwpn=2 --fcplun=3 --scsiid=4 --scsilun=5", verdict: "ok", writes: "zfcp --devnum=1 --wwpn=2 --fcplun=3 --scsiid=4 --scsilun=5"},
		{version: "F13", line: "zfcp --devnum=1 --wwpn=2 --fcplun=3 --scsiid=4", verdict: "deprecated", writes: "zfcp --devnum=1 --wwpn=2 --fcplun=3"},
		{version: "F13", line: "zfcp --devnum=1 --wwpn=2 --fcplun=3 --scsiid", verdict: "error", says: "deprecated in F13, and refused without a value; leave it out"},
		{version: "F14", line: "zfcp --devnum=1 --wwpn=2 --fcplun=3 --scsiid=4", verdict: "error", says: "gone since F14"},
		{version: "F36", line: "zfcp --devnum=1", verdict: "error", says: "needs --wwpn=…"},
		{version: "F37", line: "zfcp --devnum=1", verdict: "ok", writes: "zfcp --devnum=1"},
		{version: "RHEL9", line: "zfcp --devnum=1 --fcplun=3", verdict: "error", says: "--wwpn is missing"},

		{version: "RHEL6", line: "nvdimm use --namespace=namespace0.0", verdict: "error", says: "doesn't exist before RHEL7"},
		{version: "RHEL7", line: "nvdimm reconfigure --sectorsize=512 --namespace=namespace0.0", verdict: "ok", writes: "nvdimm reconfigure --namespace=namespace0.0 --mode=sector --sectorsize=512"},
		{version: "RHEL8", line: "nvdimm reconfigure --namespace=namespace0.0", verdict: "error", says: "needs --sectorsize=512 or"},
		{version: "RHEL8", line: "nvdimm use", verdict: "error", says: "needs --namespace=… or --blockdevs=…"},
		{version: "F39", line: "nvdimm use --blockdevs=pmem0s,pmem1s --mode=sector", verdict: "ok", writes: "nvdimm use --blockdevs=pmem0s,pmem1s"},
		{version: "F40", line: "nvdimm nonsense", verdict: "deprecated", says: "ndctl"},
		{version: "DEVEL", line: "nvdimm use --blockdevs=pmem0s", verdict: "deprecated"},
		{version: "RHEL10", line: "nvdimm use --blockdevs=pmem0s", verdict: "error", says: "gone since RHEL10; remove the line"},
		{version: "RHEL11", line: "nvdimm use --blockdevs=pmem0s", verdict: "error", says: "gone since RHEL10"},
	} {
		b.test(t)
	}
}
