// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Check is one line of doctor: what must be there, whether it is, what was found, and how to get it.
type Check struct {
	Name  string
	OK    bool
	Found string
	Fix   string
}

// CheckGrants says for what Ferryman and DMS need on the source whether it is there. The rights of dmsUser are checked where Ferryman
// may read DBA_SYS_PRIVS, DBA_TAB_PRIVS and DBA_ROLE_PRIVS. The error is one of the connection.
func (s *Source) CheckGrants(ctx context.Context, schemas []string, dmsUser string) ([]Check, error) {
	var out []Check
	for _, view := range []string{"DBA_OBJECTS", "DBA_SOURCE", "DBA_LOG_GROUPS", "V$DATABASE", "V$SESSION", "V$TRANSACTION"} {
		c, err := s.canRead(ctx, view)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	for _, schema := range schemas {
		c, err := s.canReadTables(ctx, schema)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	marker, err := s.canMakeMarker(ctx)
	if err != nil {
		return nil, err
	}
	out = append(out, marker)
	ready, err := s.Readiness(ctx, schemas)
	if err != nil {
		return nil, err
	}
	out = append(out, readyChecks(ready)...)
	dms, err := s.dmsRights(ctx, strings.ToUpper(dmsUser))
	return append(out, dms...), err
}

func (s *Source) canRead(ctx context.Context, view string) (Check, error) {
	c := Check{Name: "user " + s.user + " reads " + view, OK: true, Found: "yes"}
	err := s.each(ctx, "SELECT COUNT(*) FROM "+view+" WHERE ROWNUM <= 1", nil, func([]any) error { return nil })
	switch {
	case denied(err):
		c.OK, c.Found = false, err.Error()
		c.Fix = "GRANT SELECT ON SYS." + strings.Replace(view, "V$", "V_$", 1) + " TO " + quote(s.user)
		if strings.HasPrefix(view, "DBA_") {
			c.Fix = "GRANT SELECT_CATALOG_ROLE TO " + quote(s.user)
		}
	case err != nil:
		return c, fmt.Errorf("read %s: %w", view, err)
	}
	return c, nil
}

// canReadTables tries every table of a schema, in one statement without rows for each.
func (s *Source) canReadTables(ctx context.Context, schema string) (Check, error) {
	c := Check{Name: "user " + s.user + " reads the tables of " + schema}
	tables, err := s.tableNames(ctx, schema)
	if err != nil {
		return c, err
	}
	if len(tables) == 0 {
		c.Found = "no table of " + schema + " is seen"
		c.Fix = "see whether the schema's name is right; GRANT SELECT ON its tables TO " + quote(s.user)
		return c, nil
	}
	var not []string
	err = s.with(ctx, func(x *session) error {
		for _, t := range tables {
			err := x.each(ctx, "SELECT 1 FROM "+quote(schema)+"."+quote(t)+" WHERE ROWNUM < 1", nil, func([]any) error { return nil })
			if denied(err) {
				not = append(not, t)
			} else if err != nil {
				return fmt.Errorf("read %s.%s: %w", schema, t, err)
			}
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	c.OK, c.Found = len(not) == 0, fmt.Sprintf("%d tables", len(tables))
	if len(not) > 0 {
		c.Found = fmt.Sprintf("not %d of %d tables: %s", len(not), len(tables), strings.Join(not[:min(len(not), 5)], ", "))
		c.Fix = "GRANT SELECT ON " + quote(schema) + "." + quote(not[0]) + " TO " + quote(s.user) + " (and so for each)"
	}
	return c, nil
}

// tableNames lists the tables of a schema that hold rows for everybody: not temporary or external ones.
func (s *Source) tableNames(ctx context.Context, schema string) ([]string, error) {
	for _, prefix := range []string{"DBA", "ALL"} {
		var out []string
		err := s.each(ctx,
			"SELECT TABLE_NAME FROM "+prefix+"_TABLES WHERE OWNER = :1 AND TEMPORARY = 'N' AND NESTED = 'NO' ORDER BY TABLE_NAME", []any{schema},
			func(v []any) error { out = append(out, str(v[0])); return nil })
		if err == nil || !denied(err) {
			return out, err
		}
	}
	return nil, nil
}

func (s *Source) canMakeMarker(ctx context.Context) (Check, error) {
	c := Check{Name: "user " + s.user + " can make the table " + MarkerTable}
	found := map[string]bool{}
	err := s.each(ctx, "SELECT 'table' FROM ALL_TABLES WHERE OWNER = :1 AND TABLE_NAME = :2", []any{s.user, MarkerTable},
		func(v []any) error { found["table"] = true; return nil })
	if err != nil {
		return c, fmt.Errorf("look for the marker table: %w", err)
	}
	err = s.each(ctx, "SELECT PRIVILEGE FROM SESSION_PRIVS WHERE PRIVILEGE IN ('CREATE TABLE', 'CREATE ANY TABLE')", nil,
		func(v []any) error { found["create"] = true; return nil })
	if err != nil {
		return c, fmt.Errorf("read SESSION_PRIVS: %w", err)
	}
	switch {
	case found["table"]:
		c.OK, c.Found = true, "it is there"
	case found["create"]:
		c.OK, c.Found = true, "CREATE TABLE is granted"
	default:
		c.Found, c.Fix = "CREATE TABLE is not granted", "GRANT CREATE TABLE TO "+quote(s.user)+" (and a quota on its tablespace)"
	}
	return c, nil
}

func readyChecks(r *Readiness) []Check {
	archive := Check{Name: "the database keeps its redo (ARCHIVELOG)", OK: r.Database.LogMode == "ARCHIVELOG", Found: r.Database.LogMode,
		Fix: "put it into ARCHIVELOG mode (on RDS: turn automatic backups on)"}
	minimal := Check{Name: "minimal supplemental logging", OK: r.Database.SupplementalMin == "YES" || r.Database.SupplementalMin == "IMPLICIT",
		Found: r.Database.SupplementalMin, Fix: "ALTER DATABASE ADD SUPPLEMENTAL LOG DATA (it waits for every open transaction)"}
	out := []Check{archive, minimal}
	for i := range out {
		if out[i].Found == "" {
			out[i].Found = "not known"
		}
		if out[i].OK {
			out[i].Fix = ""
		}
	}
	return out
}

// dmsObjects are the views that the DMS user needs by name for change capture with LogMiner, as the DMS guide lists them.
var dmsObjects = []string{"V_$ARCHIVED_LOG", "V_$LOG", "V_$LOGFILE", "V_$LOGMNR_LOGS", "V_$LOGMNR_CONTENTS", "V_$DATABASE", "V_$THREAD",
	"V_$PARAMETER",
	"V_$NLS_PARAMETERS", "V_$TIMEZONE_NAMES", "V_$TRANSACTION", "V_$CONTAINERS", "DBA_REGISTRY", "OBJ$", "DBA_TABLESPACES"}

func (s *Source) dmsRights(ctx context.Context, user string) ([]Check, error) {
	if user == "" {
		return nil, nil
	}
	rights := map[string]bool{}
	for _, q := range []string{
		"SELECT PRIVILEGE FROM DBA_SYS_PRIVS WHERE GRANTEE = :1",
		"SELECT GRANTED_ROLE FROM DBA_ROLE_PRIVS WHERE GRANTEE = :1",
		"SELECT TABLE_NAME FROM DBA_TAB_PRIVS WHERE GRANTEE = :1 AND OWNER = 'SYS'",
	} {
		err := s.each(ctx, q, []any{user}, func(v []any) error { rights[str(v[0])] = true; return nil })
		if denied(err) {
			return []Check{{Name: "the rights of user " + user, Found: "not known: " + err.Error(),
				Fix: "GRANT SELECT_CATALOG_ROLE TO " + quote(s.user) + ", or compare them with the DMS guide by hand"}}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the rights of %s: %w", user, err)
		}
	}
	if rights["DBA"] {
		return []Check{{Name: "the rights of user " + user, OK: true, Found: "it is DBA"}}, nil
	}
	var missing []string
	for _, p := range []string{"CREATE SESSION", "SELECT ANY TRANSACTION", "LOGMINING"} {
		if !rights[p] {
			missing = append(missing, p)
		}
	}
	if !rights["SELECT ANY DICTIONARY"] {
		for _, o := range dmsObjects {
			if !rights[o] {
				missing = append(missing, "SELECT ON SYS."+o)
			}
		}
	}
	if !rights["DBMS_LOGMNR"] && !rights["EXECUTE_CATALOG_ROLE"] {
		missing = append(missing, "EXECUTE ON SYS.DBMS_LOGMNR")
	}
	c := Check{Name: "the rights of user " + user + " for change capture", OK: len(missing) == 0, Found: "all that were looked for"}
	if len(missing) > 0 {
		c.Found = fmt.Sprintf("%d are missing", len(missing))
		var grants []string
		for _, m := range missing {
			grants = append(grants, "GRANT "+m+" TO "+quote(user))
		}
		slices.Sort(grants)
		c.Fix = strings.Join(grants, "; ")
	}
	return []Check{c}, nil
}
