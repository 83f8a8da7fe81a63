// Go's crypto11: crypto11 MODULE TOKEN PIN sign rsa|ec GOROUTINES MILLISECONDS prints nanoseconds a signature.
package main

import (
	"crypto"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ThalesIgnite/crypto11"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// CPU time of the process where BENCH_CPU_TIME is set, and one goroutine signs.
func now(isAlone bool) int64 {
	if isAlone && os.Getenv("BENCH_CPU_TIME") != "" {
		var usage syscall.Rusage
		must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
		return usage.Utime.Nano() + usage.Stime.Nano()
	}
	return time.Now().UnixNano()
}

func main() {
	arguments := os.Args
	context, err := crypto11.Configure(&crypto11.Config{Path: arguments[1], TokenLabel: arguments[2], Pin: arguments[3]})
	must(err)
	label := "curve"
	if arguments[5] == "rsa" {
		label = "bench"
	}
	count, err := strconv.Atoi(arguments[6])
	must(err)
	milliseconds, err := strconv.Atoi(arguments[7])
	must(err)
	signer, err := context.FindKeyPair(nil, []byte(label))
	must(err)
	digest := make([]byte, 32)
	sign := func() {
		_, err := signer.Sign(nil, digest, crypto.SHA256)
		must(err)
	}
	sign()

	var done int64
	var threads sync.WaitGroup
	isAlone := count == 1
	start := now(isAlone)
	end := start + int64(milliseconds)*1_000_000
	for i := 0; i < count; i++ {
		threads.Add(1)
		go func() {
			defer threads.Done()
			var own int64
			for now(isAlone) < end {
				for j := 0; j < 64; j++ {
					sign()
				}
				own += 64
			}
			atomic.AddInt64(&done, own)
		}()
	}
	threads.Wait()
	fmt.Printf("%.1f\n", float64(now(isAlone)-start)/float64(done))
}
