package cache

import (
	"bufio"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// commands are those that this package sends, with the form of their arguments. All of it is in Redis
// 6.2; PEXPIRE's NX, LMPOP, EVAL_RO and the like came with 7.0.
var commands = forms(map[string]string{
	"hello": `.*`, "ping": ``, "info": ``, "time": ``,
	"publish": `assim-audit .*`, "eval": `@( @)*`, "evalsha": `@( @)*`, "multi": ``, "exec": ``,
	"zscore": `@ @`, "zmscore": `@( @)+`, "zrange": `@ 0 -1( withscores)?`, "zrangebyscore": `@ @ @( LIMIT 0 1000)?`,
	"zcard": `@`, "zcount": `@ @ @`, "zadd": `@( GT)? @ @`, "zrem": `@ @`, "zremrangebyscore": `@ -inf @`,
	"smembers": `@`, "sadd": `@ @`, "srem": `@ @`,
	"get": `@`, "getrange": `@ @ @`, "set": `@ @( (PX|px|ex) @)?( (NX|nx))?`, "incr": `@`, "exists": `@`, "del": `@`,
	"hget": `@ @`, "hgetall": `@`, "hmget": `@( @)+`, "hset": `@( @ @)+`, "hdel": `@ @`, "hstrlen": `@ @`, "hexists": `@ @`,
	"pexpire": `@ @`, "persist": `@`,
})

func forms(texts map[string]string) map[string]*regexp.Regexp {
	all := map[string]*regexp.Regexp{}
	for name, text := range texts {
		all[name] = regexp.MustCompile("^" + strings.ReplaceAll(text, "@", `\S+`) + "$")
	}
	return all
}

//go:embed lua/*.lua
var scripts embed.FS

// TestCommands: the users of docs/operations.md may do what each has to, and need all that they may; and
// Redis 6.2 knows what they send, scripts' commands too, and whatever else stands in a script.
func TestCommands(t *testing.T) {
	needRedis(t)
	rules := documentedUsers(t)
	const password = "ROOT-PASSWORD"
	f := newFixture(t, Server{Password: password, Addr: runRedis(t, func(port string) []string {
		file := filepath.Join(t.TempDir(), "users.acl")
		text := "user default on >" + password + " ~* &* +@all\n" + strings.Join(slices.Collect(maps.Values(rules)), "\n")
		if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return []string{"--port", port, "--aclfile", file}
	})})
	watch := watchCommands(t, f)
	workload(t, f)
	f.raw.Echo(t.Context(), "done")
	sent := map[string]map[string]bool{"root": {}, "nanoprobe": {}, "indexer": {}, "reader": {}}
	user := "root"
	for args := range watch {
		if args[0] == "echo" {
			user = args[1]
			continue
		}
		if user == "root" {
			continue
		}
		sent[user][args[0]], sent["root"][args[0]] = true, true
		if form, known := commands[args[0]]; !known || !form.MatchString(strings.Join(args[1:], " ")) {
			t.Errorf("%.200q is not in the list of what Redis 6.2 takes", args)
		}
	}
	for name := range commands {
		if !sent["root"][name] {
			t.Errorf("%q is in the list and was not sent", name)
		}
	}
	for user, rule := range rules {
		delete(sent[user], "hello") // anyone may
		var allowed []string
		for _, word := range strings.Fields(rule) {
			if name, ok := strings.CutPrefix(word, "+"); ok {
				allowed = append(allowed, name)
			}
		}
		slices.Sort(allowed)
		if needed := slices.Sorted(maps.Keys(sent[user])); !slices.Equal(allowed, needed) {
			t.Errorf("user %s may\n%s and needs\n%s", user, allowed, needed)
		}
	}
	checkScripts(t)
}

// documentedUsers are the rules of the users in docs/operations.md, by name.
func documentedUsers(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]string{}
	for _, rule := range regexp.MustCompile(`(?m)^user (nanoprobe|indexer|reader) .*$`).FindAllStringSubmatch(string(text), -1) {
		rules[rule[1]] = rule[0]
	}
	if len(rules) != 3 {
		t.Fatalf("docs/operations.md has the rules %q, want those of nanoprobe, indexer and reader", rules)
	}
	return rules
}

func checkScripts(t *testing.T) {
	t.Helper()
	files, err := fs.Glob(scripts, "lua/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("scripts %q, %v", files, err)
	}
	for _, file := range files {
		text, err := scripts.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range regexp.MustCompile(`redis\.p?call\(([^,)]*)`).FindAllSubmatch(text, -1) {
			if name := strings.ToLower(strings.Trim(string(call[1]), "'")); commands[name] == nil {
				t.Errorf("%s calls %s, which is not in the list", file, call[1])
			}
		}
	}
}

// watchCommands yields the commands that the server runs from now on, scripts' too, in lower case but for
// the arguments; those with blanks, or none at all, stand as "_". ECHO says who is at work, and ends it with "done".
func watchCommands(t *testing.T, f *fixture) iter.Seq[[]string] {
	t.Helper()
	conn, err := net.Dial("tcp", f.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	lines := bufio.NewReader(conn)
	for _, command := range []string{"AUTH " + f.Password, "MONITOR"} {
		fmt.Fprintf(conn, "%s\r\n", command)
		if line, err := lines.ReadString('\n'); line != "+OK\r\n" {
			t.Fatalf("%s: %q, %v", command, line, err)
		}
	}
	read := make(chan []string, 1<<16) // the server drops who does not read
	go func() {
		defer close(read)
		for {
			line, err := lines.ReadString('\n')
			args := monitored(line)
			if err != nil || len(args) == 0 || args[0] == "echo" && args[1] == "done" {
				return
			}
			read <- args
		}
	}()
	return func(yield func([]string) bool) {
		for args := range read {
			if !yield(args) {
				return
			}
		}
	}
}

// monitored reads a line of MONITOR: +1700000000.123456 [0 lua] "SET" "key" "value"
func monitored(line string) []string {
	var args []string
	for _, quoted := range regexp.MustCompile(`"(?:[^"\\]|\\.)*"`).FindAllString(line, -1) {
		arg := strings.Trim(quoted, `"`)
		if arg == "" || strings.Contains(arg, " ") {
			arg = "_"
		}
		args = append(args, arg)
	}
	if len(args) > 0 {
		args[0] = strings.ToLower(args[0])
	}
	return args
}

// workload does all that this package can do, each part as the user whose work it is.
func workload(t *testing.T, f *fixture) {
	t.Helper()
	ctx := t.Context()
	as := func(user string) (*Client, Server) {
		s := Server{Addr: f.Addr, Username: user, Password: strings.ToUpper(user) + "-PASSWORD"}
		c := Dial(s, Config{})
		t.Cleanup(func() { c.Close() })
		return c, s
	}
	nanoprobe, _ := as("nanoprobe")
	indexer, _ := as("indexer")
	_, reader := as("reader")
	here := Site{Name: "here", Servers: []Server{reader}}
	turn := func(user string) { f.raw.Echo(ctx, user) }
	good := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
	}
	put := func(s Snapshot) error { return second(nanoprobe.Put(ctx, s)) }

	turn("nanoprobe")
	for i := range fewHosts + 8 { // of more than fewHosts a reader asks in another way
		good(put(snap(fmt.Sprintf("h%04d", i), "/f", "x\n")))
	}
	for i := range 8 {
		good(put(snap(fmt.Sprintf("h%04d", i), "/big", lorem(i))))
	}
	good(put(snap("h0003", "/alone", "x")), nanoprobe.Delete(ctx, "h0003", "id of h0003", "/alone"), put(snap("h0003", "/alone", "x")))
	x := Indexer{Client: indexer, Name: "cma1", MinHosts: 2}
	turn("indexer")
	index(t, &x)
	turn("nanoprobe")
	first, again, taken := snap("h0000", "/big", lorem(8)), snap("h0001", "/big", lorem(9)), snap("h0002", "/f", "taken")
	first.Seq, again.Seq, taken.HostID = 2, 2, "another"
	good(put(first)) // from now on this writer has the dictionary
	turn("root")
	f.raw.Del(ctx, dictKey(f.raw.HGet(ctx, keyDicts, "/big").Val())) // which the writer then sends
	f.silent(t, "h0002", DefaultStaleAfter+time.Hour)
	turn("nanoprobe")
	good(put(again), put(again), put(snap("h0009", "/big", "y")), put(taken),
		nanoprobe.Delete(ctx, "h0003", "id of h0003", "/big"),
		second(nanoprobe.Seen(ctx, "h0003", "id of h0003")), second(nanoprobe.Held(ctx, "h0003")))
	turn("root")
	f.raw.Del(ctx, "h0005#/f", "h0003#/alone")
	f.silent(t, "h0006", 8*24*time.Hour)
	turn("indexer")
	index(t, &x)
	turn("reader")
	good(second(Get(ctx, here, "h0004", "/big")), Inspect(ctx, reader).Err)
	for _, q := range []Query{{Pattern: "x"}, {Pattern: "line", Answer: Distinct}, {NoSegments: true}, {Hosts: []string{"h0001"}}, {Answer: HostsWithout}} {
		if _, sum := grep(t, []Site{here}, q); len(sum.Doubts)+len(sum.Missing)+sum.DamagedN > 0 {
			t.Errorf("%+v: %+v", q, sum)
		}
	}
	_, missing, err := List(ctx, []Site{here}, Query{})
	good(err)
	if len(missing) > 0 {
		t.Error(missing)
	}
	x.Paths = []string{"/big"} // the other path's segments go
	turn("indexer")
	index(t, &x)
	turn("root") // what is refused is nobody's need
	if err := second(Dial(reader, Config{}).Put(ctx, again)); !errors.Is(err, ErrRights) || !errors.Is(err, ErrDenied) {
		t.Errorf("a reader puts: %v, want ErrRights", err)
	}
}

// lorem is content that packs much better with what other hosts have.
func lorem(host int) string {
	rng := rand.New(rand.NewPCG(1, 1))
	text := fmt.Sprintf("line of host %d\n", host)
	for range 100 {
		text += fmt.Sprintf("line %x\n", rng.Uint64())
	}
	return text
}

func second[T any](_ T, err error) error { return err }
