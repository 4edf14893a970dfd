// SPDX-License-Identifier: Apache-2.0

package localserver

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// Below the ports that a kernel gives to connections and to listeners that ask for any (Linux from 32768, macOS from 49152; sysctl
// net.ipv4.ip_local_port_range), and so that a Cluster's bus, 10,000 above, is outside of both.
const firstPort, portCount = 10240, 10000

// FreePort is a port of 127.0.0.1 that nobody listens on. Neither the kernel nor another FreePort gives it to anybody else while this
// process lives, so it is still free when a server that was stopped starts again.
func FreePort() (int, error) {
	for range 100 {
		if port := firstPort + rand.IntN(portCount); isFree(port) && claim(port) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port was found from %d to %d: end what listens there", firstPort, firstPort+portCount-1)
}

func isFree(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

// claims are the ports that this process was given. Each is a locked byte of a file that all processes share; the locks end with the process.
var claims struct {
	sync.Mutex
	mine map[int]bool
	file *os.File
}

// claim tells whether the port was nobody's, and is this process's from now on. Where the file can't be had, as it is another user's, only
// this process knows.
func claim(port int) bool {
	claims.Lock()
	defer claims.Unlock()
	if claims.mine == nil {
		claims.mine = map[int]bool{}
		claims.file, _ = os.OpenFile(filepath.Join(os.TempDir(), "ferryman-ports"), os.O_CREATE|os.O_RDWR, 0o666)
	}
	if claims.mine[port] {
		return false
	}
	if claims.file != nil {
		lock := syscall.Flock_t{Type: syscall.F_WRLCK, Start: int64(port), Len: 1}
		if err := syscall.FcntlFlock(claims.file.Fd(), syscall.F_SETLK, &lock); errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES) {
			return false
		}
	}
	claims.mine[port] = true
	return true
}
