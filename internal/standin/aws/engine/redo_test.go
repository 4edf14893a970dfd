// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/standin/aws/engine"
	"github.com/stretchr/testify/require"
)

func TestParseRedo(t *testing.T) {
	t.Parallel()
	name := engine.TableName{Schema: "BOXOFFICE", Table: "TICKET"}
	type fields = []engine.Field
	for redo, want := range map[string]engine.Change{
		`insert into "BOXOFFICE"."TICKET"("ID","NAME","NOTE","PDF") values ('1','O''Hara; "x", y',NULL,EMPTY_BLOB());`: engine.NewChange(
			engine.InsertRow, name, fields{engine.Is("ID", "1"), engine.Is("NAME", `O'Hara; "x", y`), engine.Null("NOTE"), engine.LOB("PDF")}, nil),
		`update "BOXOFFICE"."TICKET" set "NAME" = 'a', "AT" = TO_DATE('2026-01-31 10:00:00', 'YYYY-MM-DD HH24:MI:SS') ` +
			`where "ID" = '7' and ROWID = 'AAAB';`: engine.NewChange(engine.UpdateRow, name,
			fields{engine.Is("NAME", "a"), engine.Is("AT", "2026-01-31 10:00:00")}, fields{engine.Is("ID", "7")}),
		`delete from "BOXOFFICE"."TICKET" where "A" IS NULL and "B" = HEXTORAW('0AFF') and "C" = -1.5`: engine.NewChange(
			engine.DeleteRow, name, nil, fields{engine.Null("A"), engine.Is("B", `\x0aff`), engine.Is("C", "-1.5")}),
		`insert into "BOXOFFICE"."TICKET"("T","D","E") values (TO_TIMESTAMP('2026-01-31 10:00:00.123456', 'YYYY-MM-DD HH24:MI:SS.FF6'),` +
			`TO_DATE('31-JAN-26', 'DD-MON-RR'),'');`: engine.NewChange(engine.InsertRow, name,
			fields{engine.Is("T", "2026-01-31 10:00:00.123456"), engine.Is("D", "2026-01-31"), engine.Null("E")}, nil),
	} {
		got, err := engine.ParseRedo(redo)
		require.NoError(t, err, redo)
		require.Equal(t, want, *got, redo)
	}
}

func TestParseRedoRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, redo := range []string{
		``, `truncate table "A"."B"`, `insert into "A"."B"("C") values ('1'`, `insert into "A"."B"("C") values ('1','2')`, `delete from "A"."B"`,
		`update "A"."B" set "C" = 'x`, `insert into "A"."B"("C") values (SYS_GUID())`, `delete from "A"."B" where "C" = '1' or "D" = '2'`,
		`insert into "A"."B"("C") values (TO_DATE('1', 'J'))`, `delete from "A"."B" where "C" = '1'; drop table x`,
	} {
		_, err := engine.ParseRedo(redo)
		require.Error(t, err, redo)
	}
}
