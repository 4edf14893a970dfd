// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"flag"
	"os"
	run "os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write what pg_dump prints to testdata")

const kindsDump = "testdata/kinds.sql"

// TestEveryKindFromDictionaryToDump: of every kind of type, column, constraint, index, partition and object that Oracle has, nothing is
// lost in silence, and what arrives is what testdata/kinds.sql says, as pg_dump prints it.
func TestEveryKindFromDictionaryToDump(t *testing.T) {
	t.Parallel()
	s := everyKind()
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Empty(t, auditOf(t, s.Dictionary, c, conn))
	for _, a := range c.Actions {
		require.NotEmpty(t, convert.Titles[a.Code], a.Code)
		require.NotEmpty(t, a.Reason, a.Code)
	}
	if strs(t, conn, "SHOW server_version_num")[0][:2] != "15" {
		t.Skip("the rest compares with what pg_dump prints of PostgreSQL 15")
	}
	got := dumped(t, conn)
	if *update {
		require.NoError(t, os.WriteFile(kindsDump, []byte(got), 0o644))
	}
	want, err := os.ReadFile(kindsDump)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// TestTheAuditSeesWhatIsLost: each of these would be a loss in silence.
func TestTheAuditSeesWhatIsLost(t *testing.T) {
	t.Parallel()
	s := everyKind()
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	for sql, seen := range map[string]string{
		"ALTER TABLE s.types DROP COLUMN n3":                                      "column types.n3",
		"ALTER TABLE s.cols ALTER a DROP DEFAULT":                                 "column cols.a default",
		"ALTER TABLE s.cols ALTER b DROP NOT NULL":                                "column cols.b not null default",
		"ALTER TABLE s.cols ALTER id DROP IDENTITY":                               "column cols.id not null identity",
		"ALTER TABLE s.cols DROP COLUMN v":                                        "column cols.v generated",
		"ALTER TABLE s.p_list DROP CONSTRAINT p_list_pk":                          "constraint p_list p id,n",
		"ALTER TABLE s.child DROP CONSTRAINT fk_cascade":                          "constraint child f c -> parent c c",
		"ALTER TABLE s.child DROP CONSTRAINT ck":                                  "constraint child c ck",
		"DROP INDEX s.ix_desc":                                                    "index ix a,b desc",
		"DROP INDEX s.ix_function":                                                "index ix ?",
		"DROP INDEX s.p_local":                                                    "index p_range n",
		"DROP TABLE s.p_hash_list_b":                                              "partitions of p_hash_list 2",
		"DROP TABLE s.p_range_hash_a2":                                            "relation p_range_hash_a2 r",
		"ALTER SEQUENCE s.down INCREMENT BY -3":                                   "sequence down -2 -5 cycle",
		"COMMENT ON TABLE s.cols IS NULL":                                         "comment cols all kinds of columns",
		"REVOKE SELECT ON s.ix FROM PUBLIC":                                       "grant ix SELECT PUBLIC",
		"DROP TRIGGER fill ON s.cols":                                             "trigger fill",
		"CREATE TEMPORARY TABLE gtt_keep ()":                                      "column gtt_keep.a",
		"ALTER TABLE s.child DROP CONSTRAINT uq_later":                            "constraint child u u1,u2 deferrable",
		"DROP VIEW s.syn_of_view":                                                 "relation syn_of_view v",
		"DROP VIEW s.v_of_mv; DROP VIEW s.syn_of_mv; DROP MATERIALIZED VIEW s.mv": "relation mv m",
	} {
		tx, err := conn.Begin(t.Context())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), sql)
		require.NoError(t, err, sql)
		require.Contains(t, auditOf(t, s.Dictionary, c, tx.Conn()), seen, sql)
		require.NoError(t, tx.Rollback(t.Context()))
	}
}

// TestNothingOfRealSchemasIsLost holds the real exports to the same.
func TestNothingOfRealSchemasIsLost(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{boxOffice, testenv.Inputs(t, "dms_sample"), testenv.Inputs(t, "hr"), testenv.Inputs(t, "omop_cdm54")} {
		d := read(t, dir)
		c := convert.Convert(d, convert.Options{})
		require.Empty(t, auditOf(t, d, c, apply(t, c)), dir)
	}
}

var noise = regexp.MustCompile(`(?m)^(--.*|SET .*|SELECT pg_catalog\..*|\\(un)?restrict .*)\n|\n+$`)

// dumped is the schema as pg_dump prints it, without what changes from one run to the next.
func dumped(t *testing.T, conn *pgx.Conn) string {
	t.Helper()
	out, err := run.Command(testenv.Client(t, "pg_dump"), "--schema-only", "--no-owner", "--dbname="+conn.Config().ConnString()).Output()
	require.NoError(t, err)
	text := noise.ReplaceAllString(string(out), "")
	return strings.TrimSpace(regexp.MustCompile(`\n{2,}`).ReplaceAllString(text, "\n\n")) + "\n"
}
