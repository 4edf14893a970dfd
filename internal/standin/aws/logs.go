// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// logStore is CloudWatch Logs: groups of streams of lines.
type logStore struct {
	mu     sync.Mutex
	groups map[string]map[string]*logStream
	next   int
}

type logStream struct {
	name    string
	created time.Time
	lines   []logLine
}

type logLine struct {
	id      string
	at      time.Time
	message string
}

// write appends a line, making group and stream where they are new.
func (l *logStore) write(group, stream string, at time.Time, message string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.groups == nil {
		l.groups = map[string]map[string]*logStream{}
	}
	if l.groups[group] == nil {
		l.groups[group] = map[string]*logStream{}
	}
	target := l.groups[group][stream]
	if target == nil {
		target = &logStream{name: stream, created: at}
		l.groups[group][stream] = target
	}
	l.next++
	target.lines = append(target.lines, logLine{fmt.Sprintf("%056d", l.next), at, message})
}

// size is the number of bytes that a stream's messages take.
func (l *logStore) size(group, stream string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var size int64
	if found := l.groups[group][stream]; found != nil {
		for _, line := range found.lines {
			size += int64(len(line.message))
		}
	}
	return size
}

// remove drops a stream, as deleting a task does.
func (l *logStore) remove(group, stream string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.groups[group], stream)
}

// streams returns copies of a group's streams by name.
func (l *logStore) streams(group string) ([]logStream, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found, ok := l.groups[group]
	if !ok {
		return nil, fault("ResourceNotFoundException", "The specified log group does not exist.")
	}
	var all []logStream
	for _, stream := range sorted(found, func(s *logStream) string { return s.name }) {
		all = append(all, logStream{stream.name, stream.created, slices.Clip(stream.lines)})
	}
	return all, nil
}
