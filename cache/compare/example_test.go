package compare_test

import (
	"fmt"

	"github.com/assim-mesh/assim/cache/compare"
)

func Example() {
	var groups compare.Groups
	for _, c := range []compare.Content{
		{Host: "web1", Path: "/etc/fstab", SHA256: "c0", Text: []byte("proc\nsys\n")},
		{Host: "web2", Path: "/etc/fstab", SHA256: "51", Text: []byte("proc\nsys noatime\n")},
		{Host: "web3", Path: "/etc/fstab", SHA256: "c0", Text: []byte("proc\nsys\n")},
	} {
		groups.Add(c)
	}
	variants := groups.Variants()
	for _, v := range variants {
		fmt.Println(v.Hosts, v.Examples)
	}
	diff, err := compare.Unified("web1", "web2", variants[0].Text, variants[1].Text)
	fmt.Print(diff, err)
	// Output:
	// 2 [web1 web3]
	// 1 [web2]
	// --- web1
	// +++ web2
	// @@ -1,2 +1,2 @@
	//  proc
	// -sys
	// +sys noatime
	// <nil>
}
