// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	dms "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/ferryman/ferryman/internal/standin/oracle"
	"github.com/ferryman/ferryman/internal/testenv"
)

// TestSampleSchema takes AWS's own sample schema over whole and lets DMS validate what has a key.
func TestSampleSchema(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, nil, func(o *oracle.Options) {
		o.Exports = []fs.FS{os.DirFS(testenv.Inputs(t, "dms_sample"))}
		o.SupplementalLogAll = true
	})
	r := w.task(fullLoadAndCDC, strings.Replace(lowerCase, `"BOXOFFICE"`, `"DMS_SAMPLE"`, 1),
		`{"Logging":{"EnableLogging":true},"FullLoadSettings":{"TargetTablePrepMode":"DROP_AND_CREATE"},"ValidationSettings":{"EnableValidation":true}}`)
	r.start(fresh)
	r.eventually(func() bool { return !awssdk.ToTime(r.describe().ReplicationTaskStats.FullLoadFinishDate).IsZero() }, "the load")
	source, err := w.source.Query("SELECT TABLE_NAME FROM ALL_TABLES WHERE OWNER IN ('DMS_SAMPLE') ORDER BY TABLE_NAME")
	require.NoError(t, err)
	defer source.Close()
	for source.Next() {
		var name string
		require.NoError(t, source.Scan(&name))
		require.Equal(t, "Table completed", *r.table(name).TableState, "%s; the task's log:\n%s", name, r.log())
		var rows int64
		require.NoError(t, w.source.QueryRow(`SELECT COUNT(*) FROM DMS_SAMPLE."`+name+`"`).Scan(&rows))
		require.Equal(t, rows, value[int64](w, "SELECT count(*) FROM "+pgx.Identifier{"dms_sample", strings.ToLower(name)}.Sanitize()), name)
		r.eventually(func() bool {
			state := *r.table(name).ValidationState
			require.NotContains(t, []string{"Mismatched records", "Error", "Table error"}, state, name)
			return state == "Validated" || state == "No primary key"
		}, "validation of "+name)
	}
	require.NoError(t, source.Err())
	out, err := w.client.DescribeTableStatistics(t.Context(), &dms.DescribeTableStatisticsInput{ReplicationTaskArn: &r.arn})
	require.NoError(t, err)
	require.Len(t, out.TableStatistics, 16)
	r.stop()
}
