package nanoprobe

import (
	"errors"
	"io/fs"
	"os"
)

// defaultList names what an operator looks for first and what holds no secret.
const defaultList = `# Files to keep snapshots of, one absolute path or glob a line.
# Links in snapshot.d add to them. Changes are seen within a minute.
#
# @NAME [every DURATION] COMMAND keeps what a command prints on its standard output, run by /bin/sh,
# with 30 seconds to end; every hour unless it says otherwise. Exit status 5: not on this host.
# Two of the kernel's settings are keys, and stay here.
@sysctl command -v sysctl >/dev/null || exit 5; sysctl -a | grep -v -e stable_secret -e fastopen_key
@netcounters every 1h cat /proc/net/snmp /proc/net/netstat
/etc/os-release
/etc/debian_version
/etc/redhat-release
/etc/hosts
/etc/resolv.conf
/etc/nsswitch.conf
/etc/passwd
/etc/group
/etc/fstab
/etc/exports
/etc/sysctl.conf
/etc/sysctl.d/*.conf
/run/sysctl.d/*.conf
/usr/local/lib/sysctl.d/*.conf
/usr/lib/sysctl.d/*.conf
/etc/security/limits.conf
/etc/ssh/sshd_config
/etc/ssh/sshd_config.d/*.conf
/etc/apt/sources.list
/etc/apt/sources.list.d/*
/etc/crontab
/etc/login.defs
/proc/cmdline
/proc/version
`

// WriteDefaultList makes the list of files to keep snapshots of, unless there is one already: that is the
// user's, even if it is empty.
func WriteDefaultList(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(defaultList)
	return errors.Join(err, f.Close())
}
