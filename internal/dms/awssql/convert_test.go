// SPDX-License-Identifier: Apache-2.0

package awssql_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/dms/awssql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func box(t *testing.T) *dictionary.Dictionary {
	t.Helper()
	d, err := dictionary.ReadExport(os.DirFS("../../../cmd/rehearse/boxoffice"))
	require.NoError(t, err)
	return d
}

func converted(t *testing.T, sql string, theirs []convert.ActionItem, o convert.Options) *awssql.Result {
	t.Helper()
	c, err := awssql.Convert(box(t), []awssql.Script{{Name: "aws.sql", SQL: sql}}, theirs, o)
	require.NoError(t, err)
	return c
}

// statement finds what was made of a statement.
func statement(t *testing.T, c *awssql.Result, id string) convert.Statement {
	t.Helper()
	i := slices.IndexFunc(c.Statements, func(s convert.Statement) bool { return s.ID == id })
	require.GreaterOrEqual(t, i, 0, "no %s", id)
	return c.Statements[i]
}

func items(c *awssql.Result, code string) (subjects []string) {
	for _, a := range c.Actions {
		if a.Code == code {
			subjects = append(subjects, a.Object.Type+" "+a.Object.Name+": "+a.Subject)
		}
	}
	return subjects
}

// What AWS's converter writes, as it writes it: without quotes, in stages, with options of its own.
const written = `-- ------------ Write DROP-FUNCTION-stage scripts -----------

DROP FUNCTION IF EXISTS boxoffice.customer_id_trg$customer();

-- ------------ Write CREATE-VIEW-stage scripts -----------

CREATE OR REPLACE VIEW boxoffice.upcoming_performance (performance_id, title) AS
SELECT h.ticket_id, boxoffice.box_office$price(1) FROM boxoffice.ticket_holder AS h;

CREATE OR REPLACE VIEW boxoffice.ticket_holder AS SELECT ticket_id FROM boxoffice.ticket;

-- ------------ Write CREATE-TABLE-stage scripts -----------

CREATE TABLE boxoffice.ticket(
    ticket_id NUMERIC(12,0) NOT NULL DEFAULT nextval('boxoffice.ticket_seq'),
    "row" CHARACTER VARYING(4)
)
        WITH (
        OIDS=FALSE
        );

CREATE SEQUENCE IF NOT EXISTS boxoffice.ticket_seq INCREMENT BY 10 START WITH 1 NO CYCLE;

ALTER TABLE boxoffice.ticket
ADD CONSTRAINT ticket_pk PRIMARY KEY (ticket_id);

CREATE INDEX ticket_status_ix
ON boxoffice.ticket
USING BTREE (ticket_id ASC);

CREATE OR REPLACE FUNCTION boxoffice.box_office$price(IN p NUMERIC) RETURNS NUMERIC AS $BODY$ BEGIN RETURN 1; END; $BODY$ LANGUAGE plpgsql;
CREATE OR REPLACE FUNCTION boxoffice.box_office$price(IN p TEXT) RETURNS NUMERIC AS $BODY$ BEGIN RETURN 1; END; $BODY$ LANGUAGE plpgsql;

CREATE OR REPLACE FUNCTION boxoffice.customer_id_trg$customer() RETURNS trigger AS $BODY$
BEGIN NEW.x := aws_oracle_ext.SYSDATE(); RETURN NEW; END; $BODY$ LANGUAGE plpgsql;

COMMENT ON COLUMN boxoffice.ticket.ticket_id IS 'the number';
CREATE MATERIALIZED VIEW boxoffice.stray AS SELECT 1 AS one;
CREATE SCHEMA IF NOT EXISTS aws_oracle_ext;
SELECT aws_oracle_ext.set_version('1');
CREATE TABLE elsewhere (a int);
CREATE TEMPORARY TABLE boxoffice.away (a int);
`

func TestStatementsFindTheirObjects(t *testing.T) {
	t.Parallel()
	c := converted(t, written, []convert.ActionItem{{Code: "5340", Object: convert.Object{Owner: "BOXOFFICE", Type: "PROCEDURE", Name: "CANCEL_PERFORMANCE"}, Reason: "no such function", Complexity: convert.Complex}}, convert.Options{})
	object := func(kind, name string) convert.Object {
		return convert.Object{Owner: "BOXOFFICE", Type: kind, Name: name}
	}
	for id, o := range map[string]convert.Object{
		"table:boxoffice.ticket": object("TABLE", "TICKET"), "primary key:boxoffice.ticket.ticket_pk": object("TABLE", "TICKET"),
		"index:boxoffice.ticket.ticket_status_ix": object("INDEX", "TICKET_STATUS_IX"), "sequence:boxoffice.ticket_seq": object("SEQUENCE", "TICKET_SEQ"),
		"function:boxoffice.box_office$price": object("PACKAGE BODY", "BOX_OFFICE"), "function:boxoffice.customer_id_trg$customer": object("TRIGGER", "CUSTOMER_ID_TRG"),
		"view:boxoffice.ticket_holder": object("VIEW", "TICKET_HOLDER"), "comment:boxoffice.ticket.ticket_id (column)": object("TABLE", "TICKET"),
		"materialized view:boxoffice.stray": object("SCHEMA", "BOXOFFICE"),
	} {
		s := statement(t, c, id)
		require.Equal(t, o, s.Object, id)
		require.True(t, s.Outside, id)
		require.Contains(t, s.DependsOn, "schema:boxoffice", id)
	}
	require.False(t, statement(t, c, "schema:boxoffice").Outside, "it is Ferryman's own")
	require.Contains(t, statement(t, c, "materialized view:boxoffice.stray").SQL, "WITH NO DATA")
	require.Contains(t, statement(t, c, "view:boxoffice.upcoming_performance").DependsOn, "view:boxoffice.ticket_holder")
	at := func(id string) int {
		return slices.IndexFunc(c.Statements, func(s convert.Statement) bool { return s.ID == id })
	}
	for _, pair := range [][2]string{{"sequence:boxoffice.ticket_seq", "table:boxoffice.ticket"}, {"table:boxoffice.ticket", "view:boxoffice.ticket_holder"},
		{"view:boxoffice.ticket_holder", "view:boxoffice.upcoming_performance"}, {"function:boxoffice.box_office$price", "view:boxoffice.upcoming_performance"}} {
		require.Less(t, at(pair[0]), at(pair[1]), "%v", pair)
	}
	require.Equal(t, []string{"SCHEMA BOXOFFICE: CREATE SCHEMA IF NOT EXISTS aws_oracle_ext", "SCHEMA BOXOFFICE: CREATE TABLE elsewhere (a int)",
		"SCHEMA BOXOFFICE: CREATE TEMPORARY TABLE boxoffice.away (a int)", "SCHEMA BOXOFFICE: SELECT aws_oracle_ext.set_version('1')"}, items(c, convert.CodeNotRun))
	require.Equal(t, []string{"SCHEMA BOXOFFICE: DROP"}, items(c, convert.NoteNotRun))
	require.Equal(t, []string{"TRIGGER CUSTOMER_ID_TRG: aws_oracle_ext"}, items(c, convert.CodeLacks))
	for _, s := range c.Statements {
		require.NotContains(t, s.SQL, "DROP FUNCTION")
	}

	// Every row of ALL_OBJECTS has an outcome, and what has neither a script nor an item has one of its own.
	require.Len(t, c.Outcomes, len(c.Own.Outcomes))
	named := map[convert.Object]bool{}
	for _, a := range c.Actions {
		named[a.Object] = named[a.Object] || !a.Note
	}
	for _, o := range c.Outcomes {
		if o.Outcome == convert.Action {
			require.NotEmpty(t, o.Why, o.Object)
			twin := strings.HasPrefix(o.Type, "PACKAGE")
			index := o.Type == "INDEX" && strings.HasSuffix(o.Name, "_PK")
			require.True(t, named[o.Object] || twin || index, "%v needs hands and no item says so", o.Object)
		}
	}
	require.Contains(t, items(c, convert.CodeNoScript), "TABLE VENUE: ")
	require.NotContains(t, items(c, convert.CodeNoScript), "TABLE TICKET: ")
	require.NotContains(t, items(c, convert.CodeNoScript), "PROCEDURE CANCEL_PERFORMANCE: ", "AWS's report has it")
}

func TestDecisionsAreObeyed(t *testing.T) {
	t.Parallel()
	by := convert.Decided{By: "U0DBA", Why: "so"}
	sql := "CREATE VIEW boxoffice.ticket_holder AS SELECT 'by hand' AS who"
	c := converted(t, written, nil, convert.Options{Decisions: convert.Decisions{
		LeaveOut: []convert.Omission{{Object: convert.Object{Owner: "BOXOFFICE", Type: "INDEX", Name: "TICKET_STATUS_IX"}, Decided: by}},
		Scripts:  []convert.Script{{Object: convert.Object{Owner: "BOXOFFICE", Type: "VIEW", Name: "TICKET_HOLDER"}, SQL: sql, SHA256: convert.ScriptSum(sql), Decided: by}},
	}})
	require.False(t, slices.ContainsFunc(c.Statements, func(s convert.Statement) bool { return s.Name == "ticket_status_ix" }))
	view := statement(t, c, "view:boxoffice.ticket_holder")
	require.Equal(t, "U0DBA", view.By)
	require.False(t, view.Outside)
	require.Equal(t, sql, view.SQL)

	c = converted(t, written, nil, convert.Options{Decisions: convert.Decisions{LeaveOut: []convert.Omission{{Object: convert.Object{Owner: "BOXOFFICE", Type: "TABLE", Name: "TICKET"}, Decided: by}}}})
	for _, s := range c.Statements {
		require.NotEqual(t, "ticket", s.Table, "%s is of a table that is left out", s.ID)
	}
}

func TestAScriptThatWasCutIsRefusedByLine(t *testing.T) {
	t.Parallel()
	_, err := awssql.Convert(box(t), []awssql.Script{{Name: "cut.sql", SQL: written[:strings.Index(written, "RETURN 1")]}}, nil, convert.Options{})
	var broken *awssql.Error
	require.ErrorAs(t, err, &broken)
	require.Equal(t, "cut.sql", broken.File)
	require.Greater(t, broken.Line, 30)
	require.Contains(t, err.Error(), "$BODY$")
}

// What a table of AWS's does not have is found in the catalog of the scratch database.
func TestWhatATableLacksIsMeasured(t *testing.T) {
	t.Parallel()
	target, err := postgres.Open(t.Context(), testenv.Postgres(t), "test")
	require.NoError(t, err)
	t.Cleanup(target.Close)
	d := box(t)
	c := converted(t, `
CREATE TABLE boxoffice.venue (venue_id NUMERIC(9,0), name CHARACTER VARYING(80) NOT NULL, city CHARACTER VARYING(60) NOT NULL, country CHARACTER(2) NOT NULL, capacity NUMERIC(9,0), opened TIMESTAMP(0));
ALTER TABLE boxoffice.venue ADD CONSTRAINT another_name PRIMARY KEY (venue_id);
CREATE UNIQUE INDEX venue_name_city_uk ON boxoffice.venue (name, city);
CREATE TABLE boxoffice.seat_category (code CHARACTER VARYING(4) NOT NULL, label CHARACTER VARYING(40), level NUMERIC(9,0));
ALTER TABLE boxoffice.seat_category ADD CONSTRAINT seat_category_pk PRIMARY KEY (label);`, nil, convert.Options{})
	try := func(list []convert.Statement) postgres.Snapshot {
		statements := make([]postgres.Statement, len(list))
		for i, s := range list {
			statements[i] = postgres.Statement{Object: s.ID, SQL: s.SQL, Outside: s.Outside}
		}
		_, made, err := target.TryAndRead(t.Context(), statements, []string{"boxoffice"})
		require.NoError(t, err)
		return made
	}
	c.Measure(d, try(c.Own.Statements), try(c.Statements))
	require.Equal(t, []string{"TABLE SEAT_CATEGORY: seat_category_pk", "TABLE VENUE: COUNTRY", "TABLE VENUE: NOTES", "TABLE VENUE: venue_capacity_ck"},
		items(c, convert.CodeLacks), "a key by another name, a unique index, and a column of a key are as good")
	for _, o := range c.Outcomes {
		if o.Type == "TABLE" && (o.Name == "VENUE" || o.Name == "SEAT_CATEGORY") {
			require.Equal(t, convert.Action, o.Outcome)
			require.Contains(t, o.Codes, convert.CodeLacks)
		}
	}
}
