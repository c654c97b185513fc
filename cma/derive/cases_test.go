package derive

import (
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/discovery"
)

const (
	// dependencies are the processes that need others, with their hosts.
	dependencies = `MATCH (ch:Host)<-[:RUNS_ON]-(c:Process)-[:DEPENDS_ON]->(s:Process)-[:RUNS_ON]->(sh:Host)
		RETURN ch.name + ' ' + c.name + ' uses ' + sh.name + ' ' + s.name`
	// needs are what hosts need, one of a group.
	needs = `MATCH (h:Host)-[d:DEPENDS_ON]->(x) RETURN h.name + ' ' + d.group, d.of, x.key`

	loopback = `"lo":{"ipaddrs":{"127.0.0.1/8":{},"::1/128":{}}}`
)

// netconfigOf is the netconfig document of a host with one address.
func netconfigOf(host, cidr string) said {
	return said{host, "netconfig", `{` + loopback + `,"eth0":{"ipaddrs":{"` + cidr + `":{}}}}`}
}

// process is a tcpdiscovery document of one process.
func processOf(host, name, sockets string) said {
	return said{host, "tcpdiscovery", `{"` + name + `:1":{"exe":"/usr/bin/` + name + `",` + sockets + `}}`}
}

// TestCases tells what the graph says after the documents of several hosts, in whatever order they come.
func TestCases(t *testing.T) {
	tests := []struct {
		name  string
		said  []said
		query string
		want  []string
	}{
		{
			"a wildcard is every address of its host", []said{
				{"web1", "netconfig", `{` + loopback + `,"eth0":{"ipaddrs":{"192.0.2.1/24":{},"2001:db8::1/64":{}}}}`},
				processOf("web1", "nginx", `"listenaddrs":{"0.0.0.0:80":"tcp","[::]:81":"tcp"}`),
				processOf("app1", "curl", `"clientaddrs":{"192.0.2.1:80":"tcp"}`),
				processOf("app2", "curl", `"clientaddrs":{"192.0.2.1:81":"tcp"}`),
				processOf("app3", "curl", `"clientaddrs":{"[2001:db8::1]:81":"tcp"}`),
				processOf("app4", "curl", `"clientaddrs":{"[2001:db8::1]:80":"tcp"}`),
			}, dependencies, []string{"app1 curl uses web1 nginx", "app2 curl uses web1 nginx", "app3 curl uses web1 nginx"},
		},
		{
			"a wildcard is every loopback address of its namespace, and no other's", []said{
				netconfigOf("web1", "192.0.2.1/24"),
				{"web1", "tcpdiscovery", `{
					"a:1":{"exe":"a","netns":"net:[1]","listenaddrs":{"0.0.0.0:80":"tcp"},"clientaddrs":{"127.0.0.1:81":"tcp"}},
					"b:1":{"exe":"b","netns":"net:[1]","clientaddrs":{"127.0.0.5:80":"tcp"}},
					"c:1":{"exe":"c","clientaddrs":{"127.0.0.1:80":"tcp"}},
					"d:1":{"exe":"d","listenaddrs":{"[::]:81":"tcp"}}}`},
			}, dependencies, []string{"web1 b uses web1 a"},
		},
		{
			"loopback and link-local addresses are their host's", []said{
				{"web1", "tcpdiscovery", `{"redis:1":{"exe":"redis","listenaddrs":{"127.0.0.1:6379":"tcp","[fe80::1]:1":"tcp"}}}`},
				{"web2", "tcpdiscovery", `{"redis:1":{"exe":"redis","listenaddrs":{"127.0.0.1:6379":"tcp"}},
					"app:1":{"exe":"app","clientaddrs":{"127.0.0.1:6379":"tcp","[fe80::1]:1":"tcp"}}}`},
			}, dependencies, []string{"web2 app uses web2 redis"},
		},
		{
			"Docker's addresses are their host's", []said{
				{"web1", "netconfig", `{"docker0":{"bridge_id":"8000.1","ipaddrs":{"172.17.0.1/16":{}}}}`},
				{"web2", "netconfig", `{"docker0":{"bridge_id":"8000.1","ipaddrs":{"172.17.0.1/16":{}}}}`},
				{"web1", "tcpdiscovery", `{"shop:1":{"exe":"shop","netns":"net:[1]","listenaddrs":{"172.17.0.2:80":"tcp"}},
					"curl:1":{"exe":"curl","clientaddrs":{"172.17.0.2:80":"tcp"}}}`},
				processOf("web2", "curl", `"clientaddrs":{"172.17.0.2:80":"tcp"}`),
			}, dependencies, []string{"web1 curl uses web1 shop"},
		},
		{
			"a container's wildcard is every address of its namespace", []said{
				{"web1", "netconfig", `{"docker0":{"bridge_id":"8000.1","ipaddrs":{"172.17.0.1/16":{}}},"eth0":{"ipaddrs":{"192.0.2.1/24":{}}}}`},
				{"web1", "tcpdiscovery", `{"namespaces":{"net:[1]":["172.17.0.2"],"net:[2]":["192.0.2.77"]},
					"shop:1":{"exe":"shop","netns":"net:[1]","listenaddrs":{"0.0.0.0:80":"tcp"}},
					"bank:1":{"exe":"bank","netns":"net:[2]","listenaddrs":{"0.0.0.0:80":"tcp"}},
					"curl:1":{"exe":"curl","clientaddrs":{"172.17.0.2:80":"tcp"}}}`},
				processOf("web2", "wget", `"clientaddrs":{"172.17.0.2:80":"tcp","192.0.2.77:80":"tcp"}`),
			}, dependencies, []string{"web1 curl uses web1 shop", "web2 wget uses web1 bank"},
		},
		{
			"a peer that no nanoprobe owns is the host that comes to have its address", []said{
				processOf("app1", "app", `"clientaddrs":{"192.0.2.9:5432":"tcp"}`),
				netconfigOf("db1", "192.0.2.9/24"),
			}, `MATCH (c:Process)-[:CONNECTS_TO]->(:Endpoint)-[:AT]->(:IP)-[:ON]->(:NIC)-[:PART_OF]->(h:Host) RETURN c.name, h.name`,
			[]string{"app db1"},
		},
		{
			"who waits on a failover address does not serve it", []said{
				{"lb1", "netconfig", `{"eth0":{"ipaddrs":{"192.0.2.1/24":{},"192.0.2.100/32":{}}}}`},
				netconfigOf("lb2", "192.0.2.2/24"),
				processOf("lb1", "haproxy", `"listenaddrs":{"192.0.2.100:80":"tcp"}`),
				processOf("lb2", "haproxy", `"listenaddrs":{"192.0.2.100:80":"tcp"}`),
				processOf("app1", "curl", `"clientaddrs":{"192.0.2.100:80":"tcp"}`),
			}, dependencies, []string{"app1 curl uses lb1 haproxy"},
		},
		{
			"the switches of a bond are a group, as far as they are known", []said{
				{"web1", "netconfig", `{"bond0":{"bonding_slaves":["eth0","eth1"]},"eth0":{},"eth1":{},"eth2":{}}`},
				{"web1", "__LinkDiscovery one", `{"ChassisId":"00-00-5E-00-53-01","ports":{"1":{"ConnectsToInterface":"eth0"}}}`},
				{"web1", "__LinkDiscovery two", `{"ChassisId":"00:00:5e:00:53:02","ports":{"1":{"ConnectsToInterface":"eth1"}}}`},
				{"web1", "__LinkDiscovery three", `{"ChassisId":"three","ports":{"1":{"ConnectsToInterface":"eth2"}}}`},
			}, needs, []string{"web1 switches of bond0 2 00:00:5e:00:53:01", "web1 switches of bond0 2 00:00:5e:00:53:02", "web1 switches of eth2 1 three"},
		},
		{
			"a bond of which all slaves lead to one switch needs it", []said{
				{"web1", "netconfig", `{"bond0":{"bonding_slaves":["eth0","eth1"]}}`},
				{"web1", "__LinkDiscovery", `{"ChassisId":"one","ports":{"1":{"ConnectsToInterface":"eth0"},"2":{"ConnectsToInterface":"eth1"}}}`},
			}, needs, []string{"web1 switches of bond0 1 one"},
		},
		{
			"of three slaves two lead to one switch", []said{
				{"web1", "netconfig", `{"bond0":{"bonding_slaves":["eth0","eth1","eth2"]}}`},
				{"web1", "__LinkDiscovery", `{"ChassisId":"one","ports":{"1":{"ConnectsToInterface":"eth0"},"2":{"ConnectsToInterface":"eth2"}}}`},
			}, needs, []string{"web1 switches of bond0 2 one"},
		},
		{
			"of two groups that have a switch in common the smaller is said", []said{
				{"web1", "netconfig", `{"bond0":{"bonding_slaves":["eth0","eth1"]}}`},
				{"web1", "__LinkDiscovery", `{"ChassisId":"one","ports":{"1":{"ConnectsToInterface":"eth0"},"2":{"ConnectsToInterface":"eth7"},"3":{"ConnectsToInterface":"eth8"}}}`},
			}, needs, []string{"web1 switches of eth7 1 one"},
		},
		{
			"resolvers and gateways are groups", []said{
				{"web1", "netconfig", `{"eth0":{"gateways":["192.0.2.1","192.0.2.2"],"ipaddrs":{"192.0.2.9/24":{}}},"eth1":{"gateways":["192.0.2.2","fe80::1%eth1"]}}`},
				{"web1", "resolvers", `{"nameservers":["192.0.2.53","192.0.2.54"]}`},
				{"web2", "resolvers", `{"nameservers":["127.0.0.53"],"upstreams":["192.0.2.54"]}`},
				{"web3", "resolvers", `{"nameservers":["0.0.0.0"]}`},
			}, needs, []string{
				"web1 gateways 2 site|192.0.2.1", "web1 gateways 2 site|192.0.2.2", "web1 gateways over IPv6 1 host:id-web1|fe80::1",
				"web1 resolvers 2 site|192.0.2.53|53|udp", "web1 resolvers 2 site|192.0.2.54|53|udp",
				"web2 resolvers 1 site|192.0.2.54|53|udp", "web3 resolvers 1 host:id-web3|127.0.0.1|53|udp",
			},
		},
		{
			"a resolver is the process that serves it", []said{
				netconfigOf("dns1", "192.0.2.53/24"),
				processOf("dns1", "named", `"listenaddrs":{"192.0.2.53:53":"tcp"},"listenudp":{"0.0.0.0:53":"udp"}`),
				{"web1", "resolvers", `{"nameservers":["192.0.2.53"]}`},
			}, `MATCH (h:Host)-[:DEPENDS_ON]->(:Endpoint)-[:PROVIDED_BY]->(p:Process)-[:RUNS_ON]->(s:Host) RETURN h.name, p.name, s.name`,
			[]string{"web1 named dns1"},
		},
		{
			"files come from the host that has their server's address", []said{
				netconfigOf("nas1", "192.0.2.7/24"),
				{"web1", "mounts", `{"/home":{"source":"nas:/home","fstype":"nfs4","options":{"addr":"192.0.2.7"}},"/":{"source":"/dev/vda","fstype":"ext4"}}`},
				{"web2", "findmnt", `{"/home":{"source":"nas:/home","fstype":"nfs4","options":{"rw":true}}}`},
			}, `MATCH (h:Host)-[d:DEPENDS_ON]->(e:Endpoint)-[:AT]->(:IP)-[:ON]->(:NIC)-[:PART_OF]->(s:Host) RETURN h.name, d.group, e.port, s.name`,
			[]string{"web1 mount /home 2049 nas1"},
		},
		{
			"containers run on their host, and have what they say", []said{
				{"web1", "docker", `{"containers":{"1a2b":{"Name":"/shop","Config":{"Image":"shop:7"},"State":{"Status":"running"}}}}`},
				{"web1 docker/1a2b", "packages", `{"deb":{"bash":"5.2"}}`},
				{"web1 docker/1a2b", "os", `{"Description":"Alpine"}`},
				{"web1", "os", `{"Description":"Debian"}`},
			}, `MATCH (c:Container)-[:RUNS_ON]->(h:Host) OPTIONAL MATCH (c)-[:HAS]->(p:Package) RETURN c.name, c.image, c.state, c.os, p.name, h.name, h.os`,
			[]string{"shop shop:7 running Alpine bash web1 Debian"},
		},
		{
			"guests with one address each are not one", []said{
				{"web1 vagrant/a", "netconfig", `{"eth0":{"ipaddrs":{"10.0.2.15/24":{}}}}`},
				{"web1 vagrant/b", "netconfig", `{"eth0":{"ipaddrs":{"10.0.2.15/24":{}}}}`},
				{"web1 vagrant/c", "netconfig", `{"eth0":{"ipaddrs":{"172.17.0.3/16":{}}}}`},
				{"web1 vagrant/d", "netconfig", `{"eth0":{"ipaddrs":{"192.0.2.77/24":{}}}}`},
				{"web1", "netconfig", `{"eth0":{"ipaddrs":{"192.0.2.1/24":{}}},"docker0":{"bridge_id":"8000.1","ipaddrs":{"172.17.0.1/16":{}}}}`},
			}, `MATCH (i:IP)-[:ON]->(:NIC)-[:PART_OF]->(h:Container) RETURN i.key, h.key`,
			[]string{
				"host:id-web1%7Cvagrant%7Ca|10.0.2.15 id-web1|vagrant|a", "host:id-web1%7Cvagrant%7Cb|10.0.2.15 id-web1|vagrant|b",
				"host:id-web1|172.17.0.3 id-web1|vagrant|c", "site|192.0.2.77 id-web1|vagrant|d",
			},
		},
		{
			"a guest is a client of the site and of itself", []said{
				netconfigOf("db1", "192.0.2.9/24"),
				processOf("db1", "postgres", `"listenaddrs":{"0.0.0.0:5432":"tcp","127.0.0.1:6379":"tcp"}`),
				{"db1 vagrant/a", "netconfig", `{"eth0":{"ipaddrs":{"10.0.2.15/24":{}}}}`},
				processOf("db1 vagrant/a", "app", `"clientaddrs":{"192.0.2.9:5432":"tcp","127.0.0.1:6379":"tcp"}`),
			}, `MATCH (c:Process)-[d:DEPENDS_ON]->(s:Process) RETURN c.key, s.key, d.endpoints[0], size(d.endpoints)`,
			[]string{"id-db1|vagrant|a||app:1 id-db1||postgres:1 site|192.0.2.9|5432|tcp 1"},
		},
		{
			"strangers are seen and owned by nobody", []said{
				netconfigOf("web1", "192.0.2.1/24"),
				netconfigOf("web2", "192.0.2.2/24"),
				{"web1", "arpcache", `{"192.0.2.2":{"mac":"02:FC:00:00:00:02","nic":"eth0"},"192.0.2.3":{"mac":"02:fc:00:00:00:03","nic":"eth0"}}`},
				{"web2", "ARP _ARP_eth0", `{"::ffff:192.0.2.3":"02:fc:00:00:00:03","::ffff:198.51.100.1":"02:fc:00:00:00:04"}`},
			}, `MATCH (i:IP)-[s:SEEN_FROM]->(n:NIC) WHERE NOT (i)-[:ON]->() OPTIONAL MATCH (i)-[:IN]->(net:Subnet) RETURN i.address, s.mac, n.key, net.cidr`,
			[]string{
				"192.0.2.3 02:fc:00:00:00:03 id-web1|eth0 192.0.2.0/24", "192.0.2.3 02:fc:00:00:00:03 id-web2|eth0 192.0.2.0/24",
				"198.51.100.1 02:fc:00:00:00:04 id-web2|eth0 null",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var all []discovery.Document
			for i, s := range tt.said {
				all = append(all, seal(t, s, uint64(i+1)))
			}
			for range 2 { // as they are listed, and the other way round
				w := newWorld(t)
				w.told(all...)
				if got := w.rows(tt.query); !slices.Equal(got, tt.want) {
					t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(tt.want, "\n\t"))
				}
				slices.Reverse(all)
			}
		})
	}
}
