// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"bufio"
	"context"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
)

var copyEscapes = strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

// copyRows loads rows of text into a table. An empty field is NULL, as in Oracle.
func copyRows(ctx context.Context, conn *pgx.Conn, table string, columns []string, rows [][]string) error {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = quote(c)
	}
	r, w := io.Pipe()
	go func() {
		out := bufio.NewWriterSize(w, 64<<10)
		for _, row := range rows {
			for i, field := range row {
				if i > 0 {
					_ = out.WriteByte('\t')
				}
				if field == "" {
					_, _ = out.WriteString(`\N`)
				} else {
					_, _ = copyEscapes.WriteString(out, field)
				}
			}
			if err := out.WriteByte('\n'); err != nil {
				break
			}
		}
		_ = w.CloseWithError(out.Flush())
	}()
	defer r.Close()
	_, err := conn.PgConn().CopyFrom(ctx, r, "COPY "+table+" ("+strings.Join(quoted, ", ")+") FROM STDIN")
	return err
}
