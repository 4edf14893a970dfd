// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestMadeUpRowsObeyTheDictionary(t *testing.T) {
	t.Parallel()
	for _, schema := range []struct {
		dir, owner string
		rows       int
		least      map[string]int
	}{
		{"hr", "HR", 300, map[string]int{"EMPLOYEES": 300, "DEPARTMENTS": 300, "COUNTRIES": 300, "JOB_HISTORY": 300}},
		{"dms_sample", "DMS_SAMPLE", 300, map[string]int{"SEAT": 300, "PLAYER": 300, "SPORTING_EVENT_TICKET": 300, "TICKET_PURCHASE_HIST": 300}},
		{"omop_cdm54", "CDM54", 40, map[string]int{"PERSON": 40, "DRUG_EXPOSURE": 40, "CONCEPT": 40}},
	} {
		t.Run(schema.owner, func(t *testing.T) {
			t.Parallel()
			s := start(t, schema.owner, func(o *oracle.Options) { o.Rows, o.Seed = schema.rows, 7 }, testenv.Inputs(t, schema.dir))
			for _, n := range s.Notes() {
				require.NotContains(t, n, "constraint", "every constraint holds")
				t.Log(n)
			}
			db := open(t, s, schema.owner)
			for _, row := range selected(t, db, "SELECT table_name, num_rows FROM user_tables ORDER BY table_name") {
				require.Equal(t, row[1], one[string](t, db, `SELECT COUNT(*) FROM "`+row[0]+`"`))
				if want, ok := schema.least[row[0]]; ok {
					require.Equal(t, want, one[int](t, db, `SELECT COUNT(*) FROM "`+row[0]+`"`), row[0])
				}
				require.NotEqual(t, "0", row[1], row[0])
				if testing.Verbose() {
					t.Log(row, selected(t, db, `SELECT * FROM "`+row[0]+`" WHERE ROWNUM <= 2`))
				}
			}
		})
	}
}
