// SPDX-License-Identifier: Apache-2.0

package phases_test

import (
	"testing"

	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// What can't come back is named with what to do, stays saved with its error, and the next run does just that.
func TestWhatIsNotBackIsToldAndTriedAloneTheNextTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.engine("a")
	w.through("assess", "schema", "prepare", "load")
	// A full disk is told by an event trigger here, in PostgreSQL's own words for it.
	w.onTarget(`CREATE FUNCTION public.full_disk() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN IF current_query() LIKE '%customer_name_ix%' THEN
		RAISE EXCEPTION 'could not extend file "base/16384/16400": No space left on device' USING ERRCODE = 'disk_full', HINT = 'Check free disk space.'; END IF; END$$`)
	w.onTarget("CREATE EVENT TRIGGER full_disk ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION public.full_disk()")
	w.onTarget("CREATE TABLE twin AS SELECT venue_id FROM boxoffice.venue ORDER BY venue_id LIMIT 2")
	w.onTarget("CREATE TABLE kept AS SELECT venue_id, name, city FROM boxoffice.venue WHERE venue_id = (SELECT max(venue_id) FROM twin)")
	w.onTarget("UPDATE boxoffice.venue v SET name = o.name, city = o.city FROM boxoffice.venue o WHERE v.venue_id = (SELECT max(venue_id) FROM twin) AND o.venue_id = (SELECT min(venue_id) FROM twin)")
	owner := w.one("SELECT relowner::regrole FROM pg_class WHERE oid = 'boxoffice.refund'::regclass")
	w.onTarget("ALTER TABLE boxoffice.refund OWNER TO CURRENT_USER")
	w.onTarget("GRANT SELECT, REFERENCES ON boxoffice.refund TO " + owner)

	w.ends("rebuild", store.Failed)
	told := w.told()
	for _, want := range []string{
		"Not back: index `customer_name_ix` on `boxoffice.customer`: could not extend file",
		"No space left on device", "[53100]", "The disk is full: make room on the target",
		"Not back: unique constraint `venue_name_city_uk` on `boxoffice.venue`:", "Key (name, city)=(", ") is duplicated. [23505]",
		"Rows of boxoffice.venue have the same key: see whether the source has both",
		"Not back: index `refund_ticket_ix` on `boxoffice.refund`: must be owner of table refund [42501]",
		"The role lacks the right that the message names: have the owner or the DBA give it, or run this as the owner.",
		"Then run /migrate-rebuild again: it does just what is left.",
	} {
		require.Contains(t, told, want)
	}
	require.Equal(t, "true", w.one("SELECT error LIKE '%No space left on device%' FROM ferryman.saved WHERE restored_at IS NULL AND name = 'customer_name_ix'"))
	const back = `SELECT string_agg(format('%s %s %s', s.id, s.restored_at, c.oid), E'\n' ORDER BY s.id) FROM ferryman.saved s JOIN pg_class c ON c.relname = s.name
		WHERE s.kind = 'index' AND s.restored_at IS NOT NULL AND s.name NOT IN ('customer_name_ix', 'refund_ticket_ix')`
	before := w.one(back)
	require.NotEmpty(t, before)

	w.onTarget("DROP EVENT TRIGGER full_disk")
	w.onTarget("UPDATE boxoffice.venue v SET name = k.name, city = k.city FROM kept k WHERE v.venue_id = k.venue_id")
	w.onTarget("ALTER TABLE boxoffice.refund OWNER TO " + owner)
	w.through("rebuild")
	require.Equal(t, before, w.one(back), "what was back was not built again")
	w.through("replicate", "validate", "cutover")
	w.isMigrated()
}
