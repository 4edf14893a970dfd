// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// TestTriggersFillInNumbersAsOnOracle inserts with and without an id, as a role that has no right on the sequences.
func TestTriggersFillInNumbersAsOnOracle(t *testing.T) {
	t.Parallel()
	conn := apply(t, convert.Convert(read(t, boxOffice), convert.Options{}))
	role, _ := testenv.Role(t, conn.Config().ConnString())
	exec(t, conn, "GRANT USAGE ON SCHEMA boxoffice TO "+role)
	exec(t, conn, "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA boxoffice TO "+role)
	exec(t, conn, "SET ROLE "+role)
	insert := func(table, columns, values, returning string) string {
		return strs(t, conn, "INSERT INTO boxoffice."+table+" ("+columns+") VALUES ("+values+") RETURNING "+returning+"::text")[0]
	}
	require.Equal(t, "1221", insert("customer", "email, full_name", "'a@b', 'Ä'", "customer_id"))
	require.Equal(t, "7", insert("customer", "customer_id, email, full_name", "7, 'c@d', 'C'", "customer_id"), "given ids stay: IF … IS NULL")
	require.Equal(t, "1601", insert("purchase", "customer_id, total", "7, 1", "purchase_id"))
	require.Equal(t, "9", insert("purchase", "purchase_id, customer_id, total", "9, 7, 1", "purchase_id"), "given ids stay: WHEN")
	exec(t, conn, "RESET ROLE")
	exec(t, conn, `INSERT INTO boxoffice.venue (venue_id, name, city) VALUES (1, 'V', 'C'); INSERT INTO boxoffice.seat_category VALUES ('A', 'A', 1);
		INSERT INTO boxoffice.seat (seat_id, venue_id, category, section, "row", seat_no) VALUES (1, 1, 'A', 'S', 'R', 1);
		INSERT INTO boxoffice.event (event_id, title, genre) VALUES (1, 'E', 'OPERA');
		INSERT INTO boxoffice.performance (performance_id, event_id, venue_id, starts_at, base_price) VALUES (1, 1, 1, now() + interval '1 day', 5)`)
	exec(t, conn, "SET ROLE "+role)
	require.Equal(t, "31001", insert("ticket", "ticket_id, performance_id, seat_id, price", "5, 1, 1, 10", "ticket_id"), "this trigger always gives the number")
	require.Equal(t, []string{"31001 F - free"}, strs(t, conn, "SELECT concat_ws(' ', ticket_id, status, holder, status_text) FROM boxoffice.ticket_holder"))
	require.Equal(t, []string{"E V C"}, strs(t, conn, "SELECT concat_ws(' ', title, venue, city) FROM boxoffice.upcoming_performance"))
}

func TestTriggersThatDoMoreAreNamed(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.sequence("Q", "1", "1", "99", "1")
	s.table("T", "ID NUMBER(5,0)", "N VARCHAR2(9)", "M NUMBER(5,0)")
	fill := "BEGIN SELECT q.NEXTVAL INTO :NEW.id FROM dual; END;"
	s.trigger("OK1", "T", "", "begin\n /* two */ if (:new.id is null) then :new.id := s.q.nextval; end if;\n select Q.nextval into :new.m from DUAL; -- both\nend ok1;\n/")
	s.trigger("OFF", "T", "new.n = 'x'", fill).Status = "DISABLED"
	bad := map[string]string{
		"B4": "BEGIN SELECT q.NEXTVAL INTO :NEW.id FROM t; END;",
		"B5": "BEGIN :NEW.id := q.CURRVAL; END;",
		"B6": "BEGIN :NEW.id := other_q.NEXTVAL; END;",
		"B7": "BEGIN :NEW.n := q.NEXTVAL; END;",
		"B9": "BEGIN :NEW.id := q.NEXTVAL; EXCEPTION WHEN OTHERS THEN NULL; END;",
		"BB": "CALL do_it(:NEW.id)",
	}
	for name, body := range bad {
		s.trigger(name, "T", "", body)
	}
	s.trigger("BC", "T", "", fill).Event = "INSERT OR LOGON"
	s.trigger("BD", "T", "", fill).Type = "AFTER EACH ROW"
	s.trigger("BE", "T", "", fill).Referencing = "REFERENCING NEW AS N OLD AS OLD"
	s.trigger("BF", "T", "n.id IS NULL", fill)
	s.trigger("BG", "T", "", "")
	c := convert.Convert(s.Dictionary, convert.Options{})
	conn := apply(t, c)
	require.Equal(t, []string{"off D", "ok1 O"}, strs(t, conn, "SELECT tgname || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"))
	require.Equal(t, []string{"1 2", "50 3"}, strs(t, conn, "INSERT INTO s.t (id) VALUES (NULL), (50) RETURNING id || ' ' || m"))
	for _, o := range c.Outcomes {
		if o.Type != "TRIGGER" || o.Name[0] != 'B' {
			continue
		}
		want := "FM-CV-002"
		if o.Name == "BG" {
			want = "FM-CV-003"
		}
		require.Equal(t, convert.Action, o.Outcome, o.Name)
		require.Contains(t, o.Codes, want, o.Name)
	}
	require.Equal(t, []string{"FM-CV-063"}, codes(actionsOf(c, "TRIGGER", "OFF")))
}

func TestSynonyms(t *testing.T) {
	t.Parallel()
	s := newSchema()
	s.table("T", "A DATE")
	for name, to := range map[string]string{"T": "T", "OTHER": "T", "GONE": "NOTHING"} {
		owner := "PUBLIC"
		if name == "OTHER" {
			owner = "S"
		}
		s.Objects = append(s.Objects, dictionary.Object{Owner: owner, Name: name, Type: "SYNONYM", Status: "VALID"})
		s.Synonyms = append(s.Synonyms, dictionary.Synonym{Owner: owner, Name: name, TableOwner: "S", Table: to})
	}
	s.Objects = append(s.Objects, dictionary.Object{Owner: "PUBLIC", Name: "DUAL", Type: "SYNONYM"})
	s.Synonyms = append(s.Synonyms, dictionary.Synonym{Owner: "PUBLIC", Name: "DUAL", TableOwner: "SYS", Table: "DUAL"})
	c := convert.Convert(s.Dictionary, convert.Options{})
	require.Equal(t, []convert.Outcome{convert.LeftOut}, outcomes(c, convert.Object{Owner: "PUBLIC", Type: "SYNONYM", Name: "T"}))
	require.Equal(t, []convert.Outcome{convert.Converted}, outcomes(c, convert.Object{Owner: "S", Type: "SYNONYM", Name: "OTHER"}))
	require.Equal(t, []convert.Outcome{convert.Action}, outcomes(c, convert.Object{Owner: "PUBLIC", Type: "SYNONYM", Name: "GONE"}))
	require.Empty(t, outcomes(c, convert.Object{Owner: "PUBLIC", Type: "SYNONYM", Name: "DUAL"}), "it is not about these schemas")
}

func TestCodeIsMeasuredByLinesAndByWhatIsInIt(t *testing.T) {
	t.Parallel()
	s := newSchema()
	add := func(kind, name, text string) {
		s.object(kind, name)
		for i, line := range strings.Split(text, "\n") {
			s.Source = append(s.Source, dictionary.SourceLine{Owner: "S", Name: name, Type: kind, Line: int64(i + 1), Text: line + "\n"})
		}
	}
	add("PROCEDURE", "SHORT", "PROCEDURE short AS\nBEGIN\n  UPDATE t SET a = 1;\nEND;")
	add("PROCEDURE", "TRICKY", "PROCEDURE tricky AS\nBEGIN\n  EXECUTE IMMEDIATE 'x';\n  -- COMMIT and GOTO in a comment\n  DBMS_LOCK.sleep(1);\n  dbms_lock.request('x');\n  COMMIT;\nEND;")
	add("PACKAGE", "P", "PACKAGE p AS\nEND;")
	add("PACKAGE BODY", "P", strings.Repeat("-- line\nGOTO a;\n", 300)+"END;")
	add("PROCEDURE", "OPEN", "PROCEDURE open AS BEGIN\n  x := 'never;\nEND;")
	s.table("SCRATCH", "A DATE").Temporary = "Y"
	add("PROCEDURE", "USES", "PROCEDURE uses AS BEGIN\n  DELETE FROM scratch;\nEND;")
	c := convert.Convert(s.Dictionary, convert.Options{})
	short, tricky := actionsOf(c, "PROCEDURE", "SHORT")[0], actionsOf(c, "PROCEDURE", "TRICKY")
	require.Equal(t, []any{4, map[string]int{}}, []any{short.Lines, short.Constructs})
	require.Equal(t, 3, tricky[0].Line, "the first hard line")
	require.Equal(t, map[string]int{"dbms_lock": 2, "dynamic_sql": 1, "transaction_control": 1}, tricky[0].Constructs)
	require.Contains(t, tricky[0].Reason, "7 lines of PL/SQL with the package DBMS_LOCK, dynamic SQL, COMMIT or ROLLBACK")
	var items []string
	for _, a := range tricky[1:] {
		items = append(items, fmt.Sprintf("%s %s %d %s | %s", a.Code, a.Subject, a.Line, a.Reason, a.Hint))
	}
	require.Equal(t, []string{"FM-CV-040 dbms_lock 5 the package DBMS_LOCK, lines 5, 6 (sleep, request) | pg_advisory_lock(); pg_sleep()",
		"FM-CV-040 dynamic_sql 3 dynamic SQL, line 3 | EXECUTE … USING; names by format('%I')",
		"FM-CV-040 transaction_control 7 COMMIT or ROLLBACK, line 7 | a procedure may COMMIT where it is called outside a transaction; a function never"}, items)
	body := actionsOf(c, "PACKAGE BODY", "P")[0]
	require.Equal(t, 301, body.Lines, "comments do not count")
	require.Equal(t, 300, body.Constructs["goto"])
	open := actionsOf(c, "PROCEDURE", "OPEN")
	require.Equal(t, []string{"FM-CV-041", "a string is never closed, from line 2 on: what stands behind it was not read"}, []string{open[1].Code, open[1].Reason})
	require.Equal(t, 2, open[1].Line)
	require.Equal(t, "a global temporary table, line 2 (SCRATCH)", actionsOf(c, "PROCEDURE", "USES")[1].Reason)
}
