package cache

// The keys of the layout; see the package comment.
const (
	keyPaths    = "paths"    // SET of the paths that some host has
	keyHosts    = "hosts"    // ZSET host name → when it was last seen, Unix milliseconds by the server's clock
	keyIDs      = "ids"      // HASH host name → host id
	keyMoved    = "moved"    // ZSET host name → write number of when another id took the name
	keyWrites   = "writes"   // number of the last write
	keyBorn     = "born"     // when the first write was made, Unix milliseconds by the server's clock
	keyDicts    = "dicts"    // HASH path → name of the dictionary that contents are to be packed with
	keySegments = "segments" // HASH path → pointer to its segments
	keyLease    = "indexer"  // token of the indexer at work
)

func rowKey(host, path string) string { return host + "#" + path }

func indexKey(path string) string { return "idx#" + path }

func dueKey(path string) string { return "due#" + path }

func goneKey(path string) string { return "gone#" + path }

func dictKey(name string) string { return "dict#" + name }

func packKey(path, generation string) string { return "pack#" + path + "#" + generation }

func trigramKey(path, generation string) string { return "tri#" + path + "#" + generation }

// reservedNames are what keys of other kinds begin with where a row's begins with the name of its host.
func reservedNames() []string { return []string{"idx", "due", "gone", "dict", "pack", "tri"} }

// Fields of a row.
const (
	fieldContent = "c"
	fieldEnc     = "enc"
	fieldCRC     = "crc"
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

// Values of enc; behind encDict and encLines follows the name of a dictionary.
const (
	encPlain = ""
	encZstd  = "zstd"
	encDict  = "zstd:"
	encLines = "lines:"
)
