// SPDX-License-Identifier: Apache-2.0

package store

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

// ErrUnavailable is wrapped by the error of every call that Redis did not answer, or answered with "not now". Whether it had an effect
// is not known, unless NothingDone says so.
var ErrUnavailable = errors.New("no answer from Redis")

// errNothing marks an error of a call that certainly had no effect and never will.
var errNothing = errors.New("nothing was written")

// NothingDone tells whether err says for certain that the call wrote nothing and never will: Redis was not reached, refused, or it was
// too late for it. Where it is false the call may have had its effect.
func NothingDone(err error) bool { return errors.Is(err, errNothing) }

// notNow are the answers of a server that is alive and can't serve at the moment: it starts, was demoted or lost its slots, has no
// disk, memory or replicas, or does not know us. None of them comes after a script has written something.
var notNow = []string{
	"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK", "NOREPLICAS", "MISCONF", "OOM", "BUSY", "UNBLOCKED",
	"NOAUTH", "WRONGPASS", "EXECABORT", "ERR max number of clients",
}

// unavailable wraps what a Redis call returned. An answer about the call itself (a script's error, a wrong type) is not "unavailable".
func unavailable(doing string, err error) error {
	if answer, ok := isAnswer(err); ok {
		if !refused(answer) {
			return fmt.Errorf("%s: %w", doing, err)
		}
		return fmt.Errorf("%s: %w: it says %q, which passes when the server is mended or has started", doing, ErrUnavailable, firstLine(answer))
	}
	return fmt.Errorf("%s: %w (%w): see that the server in REDIS_URL runs and takes connections from here", doing, ErrUnavailable, err)
}

// isAnswer is what the server said, if err is its word and not the network's.
func isAnswer(err error) (string, bool) {
	var answer redis.Error
	if errors.As(err, &answer) {
		return answer.Error(), true
	}
	return "", false
}

// refused tells the answers of notNow. Before Redis 7 a script's error had the command's own in its middle.
func refused(answer string) bool {
	for _, code := range notNow {
		if strings.HasPrefix(answer, code+" ") || strings.Contains(answer, "-"+code+" ") || strings.HasPrefix(answer, code) && strings.Contains(code, " ") {
			return true
		}
	}
	return false
}

// neverSent tells that the request did not leave: there was no connection for it.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" || errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, redis.ErrPoolExhausted)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
