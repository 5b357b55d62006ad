// pulse collects no garbage; it does next to nothing twenty times a second for two seconds, and then
// nothing at all. It says "ready" and until when it did something, in nanoseconds since 1970, and
// ends when its standard input is closed.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"time"
)

func main() {
	debug.SetGCPercent(-1)
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	for i := 0; i < 40; i++ {
		<-ticker.C
	}
	ticker.Stop()
	moment := time.Now().UnixNano()
	fmt.Println("ready")
	fmt.Println(moment)
	os.Stdin.Read(make([]byte, 1))
	<-ctx.Done()
}
