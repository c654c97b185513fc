package cache

// The keys of the layout; see the package comment.
const (
	keyPaths  = "paths"  // SET of the paths that some host has
	keyHosts  = "hosts"  // ZSET host name → when it was last seen, Unix milliseconds by the server's clock
	keyIDs    = "ids"    // HASH host name → host id
	keyWrites = "writes" // number of the last write
	keyBorn   = "born"   // when the first write was made, Unix milliseconds by the server's clock
)

func rowKey(host, path string) string { return host + "#" + path }

func indexKey(path string) string { return "idx#" + path }

// Fields of a row.
const (
	fieldContent = "c"
	fieldEnc     = "enc"
	fieldMD5     = "md5"
	fieldSHA256  = "sha256"
	fieldStat    = "stat"
	fieldWC      = "wc"
	fieldChanged = "changed"
	fieldNotice  = "notice"
	fieldID      = "id"
	fieldBoot    = "boot"
	fieldSeq     = "seq"
	fieldWrite   = "write"
)

// Values of enc.
const (
	encPlain = ""
	encZstd  = "zstd"
)
