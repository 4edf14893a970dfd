// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// The assessment grants to the roles that are on the target, and names those that are not.
func TestAnAssessmentKnowsTheRolesOfTheTarget(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(boxoffice)))
	role, _ := testenv.Role(t, testenv.Postgres(t))
	grants := "GRANTOR,GRANTEE,TABLE_SCHEMA,TABLE_NAME,PRIVILEGE,GRANTABLE,HIERARCHY,TYPE\n" +
		"BOXOFFICE," + strings.ToUpper(role) + ",BOXOFFICE,TICKET,SELECT,NO,NO,TABLE\nBOXOFFICE,NOBODY_HERE,BOXOFFICE,TICKET,SELECT,NO,NO,TABLE\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ALL_TAB_PRIVS.csv"), []byte(grants), 0o600))
	w := newWorldFrom(t, "", os.DirFS(dir))
	w.withScratch()
	w.engine("one")
	w.through("assess")
	sum, report := w.assessedAs(w.settles("assess"), "assessed_last")
	require.True(t, sum.Scratch)
	require.Zero(t, sum.Refused, "the role is there")
	var missing []string
	for _, a := range report.Actions {
		if a.Code == convert.CodeGrant {
			missing = append(missing, a.Object.Name+": "+a.Reason)
		}
	}
	require.Equal(t, []string{"NOBODY_HERE: there is no role nobody_here on the target; it has SELECT on BOXOFFICE.TICKET on Oracle"}, missing)
	script, err := w.store.File(w.Context(), "box", "converted.sql")
	require.NoError(t, err)
	require.Contains(t, string(script), `GRANT SELECT ON TABLE "boxoffice"."ticket" TO "`+role+`"`)
}
