// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// handler runs one statement that is neither a query nor a data change.
type handler func(ctx context.Context, sql string, tokens []sqltext.Token, binds []tns.Bind) (*tns.Result, error)

// special chooses the handler of a statement by its first word, nil for what is translated.
func (s *session) special(tokens []sqltext.Token) handler {
	if tokens[0].Kind != sqltext.Word {
		return nil
	}
	switch tokens[0].Text {
	case "COMMIT", "ROLLBACK", "SAVEPOINT", "SET":
		return s.transaction
	case "ALTER":
		if len(tokens) > 1 && tokens[1].Is("SESSION") {
			return s.alterSession
		}
		return s.definition
	case "CREATE", "DROP", "TRUNCATE", "GRANT", "REVOKE", "COMMENT", "ANALYZE":
		return s.definition
	case "BEGIN", "DECLARE", "CALL":
		return s.block
	case "LOCK":
		return s.lockTable
	}
	return nil
}

// transaction runs COMMIT, ROLLBACK, SAVEPOINT and SET TRANSACTION.
func (s *session) transaction(ctx context.Context, sql string, tokens []sqltext.Token, _ []tns.Bind) (*tns.Result, error) {
	last := tokens[len(tokens)-1]
	switch tokens[0].Text {
	case "COMMIT":
		return &tns.Result{}, s.Commit(ctx)
	case "SAVEPOINT":
		if len(tokens) != 2 || !last.Name() {
			return nil, tns.Errorf(3001, "unimplemented feature: savepoint without a name")
		}
		if err := s.begin(); err != nil {
			return nil, err
		}
		if s.point {
			if err := s.run("RELEASE ora_statement"); err != nil {
				return nil, err
			}
			s.point = false
		}
		return &tns.Result{}, s.run("SAVEPOINT " + quote("user "+last.Text))
	case "ROLLBACK":
		if len(tokens) > 2 && last.Name() {
			if !s.began {
				return nil, tns.Errorf(1086, "savepoint '%s' never established in this session or is invalid", last.Text)
			}
			if err := s.mark(); err != nil {
				return nil, err
			}
			if err := s.run("ROLLBACK TO " + quote("user "+last.Text)); err != nil {
				s.undo()
				return nil, tns.Errorf(1086, "savepoint '%s' never established in this session or is invalid", last.Text)
			}
			s.point = false
			return &tns.Result{}, nil
		}
		return &tns.Result{}, s.Rollback(ctx)
	}
	words := wordsOf(tokens)
	if !strings.HasPrefix(words, "SET TRANSACTION") {
		return nil, tns.Errorf(922, "missing or invalid option")
	}
	if s.began {
		return nil, tns.Errorf(1453, "SET TRANSACTION must be first statement of transaction")
	}
	mode := ""
	switch {
	case strings.HasPrefix(words, "SET TRANSACTION READ ONLY"):
		mode, s.readOnly = "ISOLATION LEVEL REPEATABLE READ READ ONLY", true
	case strings.Contains(words, "SERIALIZABLE"):
		mode = "ISOLATION LEVEL REPEATABLE READ"
	case !strings.HasPrefix(words, "SET TRANSACTION READ WRITE") && !strings.HasPrefix(words, "SET TRANSACTION NAME") &&
		!strings.Contains(words, "READ COMMITTED"):
		return nil, tns.Errorf(900, "invalid SQL statement")
	}
	// The snapshot is that of now, not of the first query.
	if err := s.run("BEGIN " + mode + "; SELECT n FROM ora.scn"); err != nil {
		s.readOnly = false
		return nil, err
	}
	s.began = true
	return &tns.Result{}, nil
}

func wordsOf(tokens []sqltext.Token) string {
	var words []string
	for _, t := range tokens {
		words = append(words, t.Text)
	}
	return strings.Join(words, " ")
}

// alterSession sets what the stand-in knows, and takes the rest without doing anything, as it changes nothing that a client sees.
func (s *session) alterSession(_ context.Context, _ string, tokens []sqltext.Token, _ []tns.Bind) (*tns.Result, error) {
	for i := 2; i+2 < len(tokens); i++ {
		if !tokens[i+1].IsOp("=") {
			continue
		}
		value := tokens[i+2].Text
		sql := ""
		switch tokens[i].Text {
		case "CURRENT_SCHEMA":
			if !s.server.catalog.schemaExists(value) {
				return nil, tns.Errorf(1435, "user does not exist")
			}
			s.names.schema = value
			s.forget()
			sql = "SET ora.current_schema = " + literal(value)
		case "NLS_DATE_FORMAT":
			sql = "SET ora.nls_date_format = " + literal(value)
		case "TIME_ZONE":
			if strings.HasPrefix(value, "+") || strings.HasPrefix(value, "-") {
				// PostgreSQL counts POSIX offsets the other way.
				value = "<" + value + ">" + strings.NewReplacer("+", "-", "-", "+").Replace(value)
			}
			sql = "SET TimeZone = " + literal(value)
		}
		if sql == "" {
			continue
		}
		if err := s.run(sql); err != nil {
			if s.began {
				s.undo()
			}
			return nil, tns.Errorf(922, "missing or invalid option")
		}
	}
	return &tns.Result{}, nil
}

// lockTable runs LOCK TABLE … IN … MODE [NOWAIT].
func (s *session) lockTable(ctx context.Context, sql string, tokens []sqltext.Token, _ []tns.Bind) (*tns.Result, error) {
	words := wordsOf(tokens)
	in := strings.Index(words, " IN ")
	if len(tokens) < 6 || !tokens[1].Is("TABLE") || in < 0 {
		return nil, tns.Errorf(905, "missing keyword")
	}
	owner, table := "", tokens[2].Text
	if tokens[3].IsOp(".") {
		owner, table = table, tokens[4].Text
	}
	found, err := s.names.Table(owner, table, sqltext.Select)
	if err != nil {
		return nil, err
	}
	mode := "ROW SHARE"
	switch {
	case strings.Contains(words, "SHARE ROW EXCLUSIVE"):
		mode = "SHARE ROW EXCLUSIVE"
	case strings.Contains(words, "ROW EXCLUSIVE"):
		mode = "ROW EXCLUSIVE"
	case strings.Contains(words, "EXCLUSIVE"):
		mode = "EXCLUSIVE"
	case strings.Contains(words, "IN SHARE MODE"):
		mode = "SHARE"
	}
	nowait := ""
	if strings.HasSuffix(words, "NOWAIT") {
		nowait = " NOWAIT"
	}
	if err := s.mark(); err != nil {
		return nil, err
	}
	if err := s.run("LOCK TABLE " + found.SQL + " IN " + mode + " MODE" + nowait); err != nil {
		s.undo()
		return nil, s.oraError(err, sql, "", false)
	}
	s.fresh = false
	return &tns.Result{}, nil
}
