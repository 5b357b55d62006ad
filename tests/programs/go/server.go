// server is a clean HTTP server with its own clients: requests with deadlines, some of which the
// client gives up, fan out to goroutines and wait for a slow "database". It leaks nothing: whatever
// is claimed of it is wrong. It ends when its standard input is closed.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

type requestID struct{}

func query(ctx context.Context, number int) (int, error) {
	select {
	case <-time.After(time.Duration(number%7) * time.Millisecond):
		return number, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func orders(writer http.ResponseWriter, request *http.Request) {
	ctx, cancel := context.WithTimeout(request.Context(), 5*time.Millisecond)
	defer cancel()
	ctx = context.WithValue(ctx, requestID{}, request.URL.Path)
	var group sync.WaitGroup
	results := make(chan int, 4)
	for i := 0; i < 4; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			if result, err := query(ctx, i*3); err == nil {
				results <- result
			}
		}(i)
	}
	group.Wait()
	fmt.Fprintln(writer, len(results))
}

func client(ctx context.Context, address string, number int) {
	for round := number; ctx.Err() == nil; round++ {
		limit, cancel := context.WithTimeout(ctx, time.Duration(1+round%20)*time.Millisecond)
		request, _ := http.NewRequestWithContext(limit, "GET", "http://"+address+"/orders", nil)
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
		cancel()
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	server := &http.Server{Handler: http.HandlerFunc(orders)}
	go server.Serve(listener)
	for i := 0; i < 8; i++ {
		go client(ctx, listener.Addr().String(), i)
	}
	time.Sleep(300 * time.Millisecond)
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	cancel()
	server.Close()
}
