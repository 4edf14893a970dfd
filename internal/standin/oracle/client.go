// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"

	goora "github.com/sijms/go-ora/v2"
)

// OpenDB opens a pool of go-ora's connections to an Oracle, as sql.Open("oracle", url) does, but with a driver object of its own, and makes
// the first connection alone: go-ora's driver keeps what it learns from the first connection where all others read it, without a lock.
func OpenDB(url string) *sql.DB {
	return sql.OpenDB(&firstAlone{Connector: goora.NewConnector(url)})
}

// firstAlone makes one connection at a time until there was one.
type firstAlone struct {
	driver.Connector
	mu   sync.RWMutex
	done bool
}

// Connect implements driver.Connector.
func (f *firstAlone) Connect(ctx context.Context) (driver.Conn, error) {
	f.mu.RLock()
	done := f.done
	f.mu.RUnlock()
	if done {
		return f.Connector.Connect(ctx)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	conn, err := f.Connector.Connect(ctx)
	f.done = f.done || err == nil
	return conn, err
}
