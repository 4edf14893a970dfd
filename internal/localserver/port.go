// SPDX-License-Identifier: Apache-2.0

package localserver

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// Below the ports that a kernel gives to connections and to listeners that ask for any (Linux from 32768, macOS from 49152; sysctl
// net.ipv4.ip_local_port_range), and so that a Cluster's bus, 10,000 above, is outside of both.
const firstPort, portCount = 10240, 10000

// FreePort is a port of 127.0.0.1 that nobody listens on. Nobody is given it by the kernel, so it is still free when a server that was
// stopped starts again; only another FreePort may choose it too, so starting is retried.
func FreePort() (int, error) {
	for range 100 {
		if port := firstPort + rand.IntN(portCount); isFree(port) {
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
