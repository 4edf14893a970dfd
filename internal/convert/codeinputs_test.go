// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

// TestCodeOfTheInputsIsNamed: the exports came without code, so each unit is an action item that says so.
func TestCodeOfTheInputsIsNamed(t *testing.T) {
	t.Parallel()
	for dir, want := range map[string]int{"dms_sample": 11, "hr": 4, "omop_cdm54": 0} {
		c := convert.Convert(read(t, testenv.Inputs(t, dir)), convert.Options{})
		n := 0
		for _, o := range c.Outcomes {
			switch o.Type {
			case "PROCEDURE", "FUNCTION", "PACKAGE", "PACKAGE BODY", "TRIGGER":
				n++
				require.Equal(t, convert.Action, o.Outcome, o.Name)
				require.Equal(t, []string{convert.CodeNoBody}, o.Codes, o.Name)
			}
		}
		require.Equal(t, want, n, dir)
	}
}

// TestCodeOfHR gives HR's objects code of the kind that they have there.
func TestCodeOfHR(t *testing.T) {
	t.Parallel()
	d := read(t, testenv.Inputs(t, "hr"))
	add := func(name, text string) {
		for i, line := range strings.Split(text, "\n") {
			d.Source = append(d.Source, dictionary.SourceLine{Owner: "HR", Name: name, Type: "PROCEDURE", Line: int64(i + 1), Text: line + "\n"})
		}
	}
	add("ADD_JOB_HISTORY", `PROCEDURE add_job_history (p_employee job_history.employee_id%TYPE, p_from job_history.start_date%TYPE,
  p_to job_history.end_date%TYPE, p_job job_history.job_id%TYPE, p_department job_history.department_id%TYPE) IS
BEGIN
  INSERT INTO job_history (employee_id, start_date, end_date, job_id, department_id) VALUES (p_employee, p_from, p_to, p_job, p_department);
END add_job_history;`)
	add("SECURE_DML", `PROCEDURE secure_dml IS
BEGIN
  IF TO_CHAR(SYSDATE, 'HH24:MI') NOT BETWEEN '08:00' AND '18:00'
     OR TO_CHAR(SYSDATE, 'DY') IN ('SAT', 'SUN') THEN
    RAISE_APPLICATION_ERROR(-20205, 'Changes are made in office hours');
  END IF;
END;`)
	for i := range d.Triggers {
		d.Triggers[i].Body = map[string]string{"SECURE_EMPLOYEES": "BEGIN\n  secure_dml;\nEND;",
			"UPDATE_JOB_HISTORY": "BEGIN\n  add_job_history(:OLD.employee_id, :OLD.hire_date, SYSDATE, :OLD.job_id, :OLD.department_id);\nEND;"}[d.Triggers[i].Name]
	}
	c := convert.Convert(d, convert.Options{})
	require.Contains(t, actionsOf(c, "PROCEDURE", "SECURE_DML")[0].Reason, "TO_CHAR with the format 'DY'")
	require.Equal(t, 3, actionsOf(c, "PROCEDURE", "SECURE_DML")[0].Line)
	require.Contains(t, actionsOf(c, "TRIGGER", "SECURE_EMPLOYEES")[0].Reason, "it calls SECURE_DML, which is not translated")
	require.Equal(t, []convert.Outcome{convert.Converted}, outcomes(c, convert.Object{Owner: "HR", Type: "TRIGGER", Name: "UPDATE_JOB_HISTORY"}))
	conn := apply(t, c)
	exec(t, conn, `ALTER TABLE hr.employees DISABLE TRIGGER USER; ALTER TABLE hr.employees ENABLE TRIGGER update_job_history;
		INSERT INTO hr.jobs (job_id, job_title) VALUES ('A', 'a'), ('B', 'b');
		INSERT INTO hr.employees (employee_id, last_name, email, hire_date, job_id) VALUES (1, 'L', 'E', '2020-02-03', 'A')`)
	exec(t, conn, "UPDATE hr.employees SET salary = 5")
	require.Empty(t, strs(t, conn, "SELECT job_id FROM hr.job_history"), "UPDATE OF other columns")
	exec(t, conn, "UPDATE hr.employees SET job_id = 'B'")
	require.Equal(t, []string{"1 2020-02-03 00:00:00 A"}, strs(t, conn, "SELECT concat_ws(' ', employee_id, start_date, job_id, department_id) FROM hr.job_history"))
}

// TestTriggersOfDMSSample gives the three triggers bodies of the kind that they have there.
func TestTriggersOfDMSSample(t *testing.T) {
	t.Parallel()
	d := read(t, testenv.Inputs(t, "dms_sample"))
	for i := range d.Triggers {
		table := strings.ToLower(d.Triggers[i].Table)
		d.Triggers[i].Body = "BEGIN\n  SELECT " + table + "_seq.NEXTVAL\n  INTO   :new.id\n  FROM   dual;\nEND;"
	}
	c := convert.Convert(d, convert.Options{})
	for _, name := range []string{"SPORT_TEAM_ID_TRG", "PLAYER_ID_TRG", "SPORTING_EVENT_ID_TRG"} {
		require.Equal(t, []convert.Outcome{convert.Converted}, outcomes(c, convert.Object{Owner: "DMS_SAMPLE", Type: "TRIGGER", Name: name}), name)
	}
	conn := apply(t, c)
	require.Equal(t, "3", value(t, conn, "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"))
}
