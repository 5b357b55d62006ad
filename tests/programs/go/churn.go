// churn makes and ends contexts and goroutines as fast as it can, and leaks none of them: whatever
// is claimed of it is wrong. It ends when its standard input is closed.
package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"
)

type key struct{}

func request(ctx context.Context, locks *[4]sync.Mutex, number int) int {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, key{}, number), time.Second)
	defer cancel()
	results := make(chan int, 2)
	var group sync.WaitGroup
	for i := 0; i < 2; i++ {
		child, cancelChild := context.WithCancel(ctx)
		group.Add(1)
		go func() {
			defer group.Done()
			defer cancelChild()
			locks[number%4].Lock()
			time.Sleep(time.Duration(number%3) * 100 * time.Microsecond)
			locks[number%4].Unlock()
			select {
			case <-child.Done():
			case <-time.After(50 * time.Microsecond):
			}
			results <- number
		}()
	}
	sum := <-results + <-results
	group.Wait()
	return sum
}

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	var locks [4]sync.Mutex
	var group sync.WaitGroup
	for worker := 0; worker < 16; worker++ {
		group.Add(1)
		go func(worker int) {
			defer group.Done()
			for number := worker; ctx.Err() == nil; number++ {
				request(ctx, &locks, number)
			}
		}(worker)
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	cancel()
	group.Wait()
}
