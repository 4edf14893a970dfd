// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bytes"
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// batch collects rows for one COPY.
type batch struct {
	data bytes.Buffer
	rows int
}

var copyEscapes = strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

// add appends a row in COPY's text format.
func (b *batch) add(values []*string) {
	for i, value := range values {
		if i > 0 {
			b.data.WriteByte('\t')
		}
		if value == nil {
			b.data.WriteString(`\N`)
			continue
		}
		_, _ = copyEscapes.WriteString(&b.data, *value)
	}
	b.data.WriteByte('\n')
	b.rows++
}

// flush copies the rows into a table and commits them.
func (b *batch) flush(ctx context.Context, conn *pgx.Conn, t *table, columns []column) error {
	if b.rows == 0 {
		return nil
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = pgx.Identifier{c.target}.Sanitize()
	}
	_, err := conn.PgConn().CopyFrom(ctx, &b.data, "COPY "+t.target()+" ("+strings.Join(names, ", ")+") FROM STDIN")
	b.data.Reset()
	b.rows = 0
	return err
}
