// busy is a web service that never rests: so many clients of its own ask it for answers which need
// contexts, goroutines, channels and locks, as fast as they can. Says "READY", and then, for each
// line that it reads, how many requests were answered up to now.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

type key struct{}

var (
	answered atomic.Int64
	locks    [16]sync.Mutex
	counts   [16]int
)

func part(ctx context.Context, number int, results chan<- int) {
	locks[number%16].Lock()
	counts[number%16]++
	count := counts[number%16]
	locks[number%16].Unlock()
	select {
	case results <- count:
	case <-ctx.Done():
	}
}

func answer(writer http.ResponseWriter, request *http.Request) {
	ctx, cancel := context.WithTimeout(context.WithValue(request.Context(), key{}, "value"), time.Second)
	defer cancel()
	results := make(chan int)
	for i := 0; i < 3; i++ {
		go part(ctx, i, results)
	}
	sum := 0
	for i := 0; i < 3; i++ {
		sum += <-results
	}
	fmt.Fprintln(writer, sum)
	answered.Add(1)
}

func ask(address string) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
	for {
		response, err := client.Get("http://" + address)
		if err == nil {
			io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
	}
}

func main() {
	clients := flag.Int("clients", 50, "how many ask at once")
	flag.Parse()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go http.Serve(listener, http.HandlerFunc(answer))
	for i := 0; i < *clients; i++ {
		go ask(listener.Addr().String())
	}
	fmt.Println("READY")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println(answered.Load())
	}
}
