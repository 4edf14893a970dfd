// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/stretchr/testify/require"
)

// A partitioned table's key makes any like it that it finds on a partition its part. Where it can't come back, a partition's own key
// just like it must not be there when it is tried again.
func TestAKeyDoesNotComeBackBeforeOneThatWouldTakeItForItsPart(t *testing.T) {
	t.Parallel()
	b := setup(t, `CREATE SCHEMA app; CREATE TABLE app.city (id int PRIMARY KEY);
		CREATE TABLE app.sale (id int, city int) PARTITION BY RANGE (id);
		CREATE TABLE app.low PARTITION OF app.sale FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id);
		CREATE TABLE app.lowest PARTITION OF app.low DEFAULT;
		CREATE TABLE app.high PARTITION OF app.sale DEFAULT;
		INSERT INTO app.city VALUES (1), (2); INSERT INTO app.sale VALUES (1, 1), (20, 2);
		ALTER TABLE app.sale ADD CONSTRAINT z_sale FOREIGN KEY (city) REFERENCES app.city;
		ALTER TABLE app.sale ADD CONSTRAINT z_again FOREIGN KEY (city) REFERENCES app.city;
		ALTER TABLE app.low ADD CONSTRAINT m_low FOREIGN KEY (city) REFERENCES app.city;
		ALTER TABLE app.lowest ADD CONSTRAINT a_lowest FOREIGN KEY (city) REFERENCES app.city;
		ALTER TABLE app.city ADD CONSTRAINT city_self FOREIGN KEY (id) REFERENCES app.city`)
	before, definitions := b.dump(t, withRows), b.definitions(t, []string{"app"})
	b.setAside(t, b.plan(t, postgres.SetAsideOptions{}))
	b.exec(t, "DELETE FROM app.city WHERE id = 2")
	report, err := b.target.Rebuild(t.Context(), b.fence, postgres.RebuildOptions{Jobs: 3})
	require.NoError(t, err)
	require.Equal(t, []string{"foreign_key app.city.city_self"}, names(report.Restored))
	require.Len(t, report.Failed, 4)
	for _, f := range report.Failed {
		if f.Object.Table != "sale" {
			require.Contains(t, f.Error, "comes back after", f.Object.Name)
		}
	}
	b.exec(t, "INSERT INTO app.city VALUES (2)")
	report, err = b.target.Rebuild(t.Context(), b.fence, postgres.RebuildOptions{Jobs: 3})
	require.NoError(t, err)
	require.Empty(t, report.Failed)
	require.Empty(t, report.Differences)
	sameText(t, before, b.dump(t, withRows))
	require.Empty(t, postgres.Differences(definitions, b.definitions(t, []string{"app"})))
}
