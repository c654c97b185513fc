package derive

import "testing"

func TestProcessName(t *testing.T) {
	tests := []struct {
		exe     string
		cmdline []string
		want    string
	}{
		{"/usr/bin/redis-check-rdb", []string{"/usr/bin/redis-server 127.0.0.1:6379"}, "redis-server"},
		{"/usr/bin/python3.11", []string{"/usr/bin/python3", "app.py"}, "python3"},
		{"/usr/sbin/nginx", []string{"nginx: master process"}, "nginx"},
		{"/usr/sbin/sshd", []string{"sshd: /usr/sbin/sshd -D"}, "sshd"},
		{"/bin/bash", []string{"-bash"}, "bash"},
		{"/usr/bin/app", nil, "app"},
		{"/usr/bin/app", []string{""}, "app"},
		{"/usr/bin/app", []string{"/"}, "app"},
		{"/usr/bin/app", []string{"\x1b[31m"}, "app"},
		{"/usr/bin/app", []string{"(sd-pam)"}, "app"},
		{"", []string{"app"}, "app"},
		{"", nil, ""},
	}
	for _, tt := range tests {
		if got := processName(tt.exe, tt.cmdline); got != tt.want {
			t.Errorf("processName(%q, %q) = %q, want %q", tt.exe, tt.cmdline, got, tt.want)
		}
	}
}
