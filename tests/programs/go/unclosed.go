// unclosed WHAT: opens a dozen of WHAT (body, rows or transaction) and keeps them; says "ready" and
// lives until its input ends. -close closes them all; -use has half of them used, by a goroutine each.
package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"time"
)

const dozen = 12

// ---- a server that is never done, and a database that never answers ----

func serve(w http.ResponseWriter, request *http.Request) {
	io.WriteString(w, strings.Repeat("long ", 100_000))
	if request.URL.Path == "/endless" {
		w.(http.Flusher).Flush()
		<-request.Context().Done()
	}
}

type database struct{}
type connection struct{}
type slow struct{}

func (database) Connect(context.Context) (driver.Conn, error) { return connection{}, nil }
func (database) Driver() driver.Driver                        { return nil }

func (connection) Prepare(string) (driver.Stmt, error) { return nil, driver.ErrSkip }
func (connection) Begin() (driver.Tx, error)           { return connection{}, nil }
func (connection) Close() error                        { return nil }
func (connection) Commit() error                       { return nil }
func (connection) Rollback() error                     { return nil }
func (connection) QueryContext(_ context.Context, query string, _ []driver.NamedValue) (driver.Rows, error) {
	if query == "slow" {
		time.Sleep(time.Hour)
	}
	return slow{}, nil
}

func (slow) Columns() []string { return []string{"number"} }
func (slow) Close() error      { return nil }
func (slow) Next([]driver.Value) error {
	time.Sleep(time.Hour)
	return io.EOF
}

// ---- what is opened ----

type opened struct {
	what       any
	use, close func()
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func body(client *http.Client, url string) opened {
	response, err := client.Get(url)
	check(err)
	read := func() { io.Copy(io.Discard, response.Body) }
	return opened{response, read, func() {
		read()
		check(response.Body.Close())
	}}
}

func rows(ctx context.Context, db *sql.DB) opened {
	found, err := db.QueryContext(ctx, "fast")
	check(err)
	return opened{found, func() { found.Next() }, func() { check(found.Close()) }}
}

func transaction(ctx context.Context, db *sql.DB) opened {
	begun, err := db.BeginTx(ctx, nil)
	check(err)
	return opened{begun, func() { begun.QueryContext(ctx, "slow") }, func() { check(begun.Rollback()) }}
}

func main() {
	closes := flag.Bool("close", false, "close what was opened")
	uses := flag.Bool("use", false, "use half of what was opened")
	flag.Parse()
	server := httptest.NewServer(http.HandlerFunc(serve))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: dozen}}
	url := server.URL
	if *uses {
		url += "/endless"
	}
	db := sql.OpenDB(database{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	open := map[string]func() opened{
		"body":        func() opened { return body(client, url) },
		"rows":        func() opened { return rows(ctx, db) },
		"transaction": func() opened { return transaction(ctx, db) },
	}[flag.Arg(0)]
	var all []opened
	for i := 0; i < dozen; i++ {
		all = append(all, open())
	}
	for i, it := range all {
		if *closes {
			it.close()
		} else if *uses && i < dozen/2 {
			go it.use()
		}
	}
	// It is the garbage collector that notes since when a goroutine waits.
	go func() {
		for {
			runtime.GC()
			time.Sleep(20 * time.Millisecond)
		}
	}()
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(all)
	runtime.KeepAlive(db)
}
