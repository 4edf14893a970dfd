// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// block runs BEGIN … END: calls that the stand-in knows, and plain statements. As in Oracle, a block that fails has done nothing.
func (s *session) block(ctx context.Context, sql string, tokens []sqltext.Token, binds []tns.Bind) (*tns.Result, error) {
	body := tokens
	if tokens[0].Is("CALL") {
		body = tokens[1:]
	} else {
		for len(body) > 0 && (body[len(body)-1].IsOp(";") || body[len(body)-1].IsOp("/")) {
			body = body[:len(body)-1]
		}
		if !tokens[0].Is("BEGIN") {
			return nil, plsqlError(sql, tokens[0], "PLS-00103: this Oracle stand-in runs no DECLARE, only blocks of calls and plain statements")
		}
		if len(body) < 2 || !body[len(body)-1].Is("END") || !tokens[len(tokens)-1].IsOp(";") && !tokens[len(tokens)-1].IsOp("/") {
			return nil, plsqlError(sql, tokens[len(tokens)-1], `PLS-00103: Encountered the symbol "end-of-file" when expecting END;`)
		}
		body = body[1 : len(body)-1]
	}
	var names []string
	for _, t := range tokens {
		if t.Kind == sqltext.Bind {
			names = append(names, t.Text)
		}
	}
	b := &blockRun{session: s, sql: sql, binds: map[string]*tns.Bind{}, assigned: map[string]bool{}}
	values, err := distinct(names, binds)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if b.binds[name] == nil {
			b.binds[name] = &values[len(b.order)]
			b.order = append(b.order, name)
		}
	}
	for start := 0; start < len(body); {
		end := start
		for depth := 0; end < len(body) && !(body[end].IsOp(";") && depth == 0); end++ {
			if body[end].IsOp("(") {
				depth++
			} else if body[end].IsOp(")") {
				depth--
			}
		}
		if end > start {
			if err := b.statement(ctx, body[start:end]); err != nil {
				if back := s.backTo(b); back != nil {
					return nil, back
				}
				return nil, err
			}
		}
		start = end + 1
	}
	result := &tns.Result{}
	if len(b.assigned) > 0 {
		result.Out = make([]any, len(binds))
	}
	for i := range result.Out {
		name := names[min(i, len(names)-1)]
		if len(binds) == len(b.order) {
			name = b.order[i]
		}
		if b.assigned[name] {
			if result.Out[i] = b.binds[name].Value; result.Out[i] == nil {
				result.Out[i] = tns.OutNull
			}
		}
	}
	return result, nil
}

// blockRun is one run of a block.
type blockRun struct {
	session *session
	sql     string
	binds   map[string]*tns.Bind
	order   []string
	// begun is true once the block's savepoint is set: before its first change.
	begun bool
	// assigned are the binds that the block has set.
	assigned map[string]bool
}

// plsqlError is a compilation error with its place.
func plsqlError(sql string, at sqltext.Token, message string) error {
	line := 1 + strings.Count(sql[:min(at.Pos, len(sql))], "\n")
	column := at.Pos - strings.LastIndexByte(sql[:min(at.Pos, len(sql))], '\n')
	return &tns.OraError{Code: 6550, Pos: at.Pos, Message: fmt.Sprintf(
		"ORA-06550: line %d, column %d:\n%s\nORA-06550: line %d, column %d:\nPL/SQL: Statement ignored", line, column, message, line, column)}
}

// statement runs one statement of a block.
func (b *blockRun) statement(ctx context.Context, tokens []sqltext.Token) error {
	first, s := tokens[0], b.session
	switch {
	case first.Is("NULL") && len(tokens) == 1:
		return nil
	case first.Is("COMMIT"):
		b.begun = false
		return s.Commit(ctx)
	case first.Is("ROLLBACK"):
		b.begun = false
		return s.Rollback(ctx)
	case first.Is("INSERT"), first.Is("UPDATE"), first.Is("DELETE"), first.Is("MERGE"), first.Is("LOCK"):
		if !b.begun {
			if err := s.blockPoint(); err != nil {
				return err
			}
			b.begun = true
		}
		return b.run(ctx, b.sql[first.Pos:tokens[len(tokens)-1].End])
	case first.Is("EXECUTE") && len(tokens) == 3 && tokens[1].Is("IMMEDIATE") && tokens[2].Kind == sqltext.String:
		_, err := b.session.Execute(ctx, tokens[2].Text, nil)
		return err
	case first.Kind == sqltext.Bind && len(tokens) > 2 && tokens[1].IsOp(":="):
		return b.assign(ctx, first.Text, b.sql[tokens[2].Pos:tokens[len(tokens)-1].End])
	case first.Is("SELECT"):
		return b.selectInto(ctx, tokens)
	case first.Is("IF"), first.Is("FOR"), first.Is("LOOP"), first.Is("WHILE"), first.Is("BEGIN"), first.Is("DECLARE"), first.Is("CASE"):
		return plsqlError(b.sql, first, "PLS-00103: this Oracle stand-in runs no "+first.Text+", only calls and plain statements")
	}
	return b.call(ctx, tokens)
}

// blockPoint sets the savepoint that a failing block goes back to.
func (s *session) blockPoint() error {
	sql := "SAVEPOINT ora_block"
	if s.point {
		sql = "RELEASE ora_statement; " + sql
	}
	if err := s.begin(); err != nil {
		return err
	}
	s.point = false
	return s.run(sql)
}

// backTo takes back what a block has changed.
func (s *session) backTo(b *blockRun) error {
	if !b.begun || !s.began {
		return nil
	}
	s.point = false
	return s.run("ROLLBACK TO ora_block")
}

// run executes SQL with the block's binds.
func (b *blockRun) run(ctx context.Context, sql string) error {
	result, err := b.session.Execute(ctx, sql, b.bindsOf(sql))
	if err != nil {
		return err
	}
	if result.Rows != nil {
		result.Rows.Close()
	}
	return nil
}

func (b *blockRun) bindsOf(sql string) []tns.Bind {
	var binds []tns.Bind
	tokens, _ := sqltext.Tokens(sql)
	for _, t := range tokens {
		if t.Kind == sqltext.Bind && b.binds[t.Text] != nil {
			binds = append(binds, *b.binds[t.Text])
		}
	}
	return binds
}

// assign runs :b := expression.
func (b *blockRun) assign(ctx context.Context, name, expression string) error {
	row, err := b.one(ctx, "SELECT "+expression+" FROM DUAL")
	if err == nil {
		b.binds[name].Value, b.assigned[name] = row[0], true
	}
	return err
}

// selectInto runs SELECT … INTO :a, :b FROM ….
func (b *blockRun) selectInto(ctx context.Context, tokens []sqltext.Token) error {
	into, from := sqltext.Find(tokens, 0, "INTO"), sqltext.Find(tokens, 0, "FROM")
	if into >= from || from == len(tokens) {
		return plsqlError(b.sql, tokens[0], "PLS-00428: an INTO clause is expected in this SELECT statement")
	}
	row, err := b.one(ctx, b.sql[tokens[0].Pos:tokens[into].Pos]+b.sql[tokens[from].Pos:tokens[len(tokens)-1].End])
	if err != nil {
		return err
	}
	targets := sqltext.Split(tokens[into+1 : from])
	if len(targets) != len(row) {
		return plsqlError(b.sql, tokens[into], "PL/SQL: ORA-00947: not enough values")
	}
	for i, target := range targets {
		if len(target) != 1 || target[0].Kind != sqltext.Bind {
			return plsqlError(b.sql, tokens[into], "PLS-00103: this Oracle stand-in has no variables, only binds")
		}
		b.binds[target[0].Text].Value, b.assigned[target[0].Text] = row[i], true
	}
	return nil
}

// one reads exactly one row.
func (b *blockRun) one(ctx context.Context, sql string) ([]any, error) {
	result, err := b.session.Execute(ctx, sql, b.bindsOf(sql))
	if err != nil {
		return nil, err
	}
	defer result.Rows.Close()
	row, err := result.Rows.Next(ctx)
	if err != nil {
		var ora *tns.OraError
		if errors.As(err, &ora) {
			return nil, err
		}
		return nil, tns.Errorf(1403, "no data found")
	}
	values := append([]any{}, row...)
	if _, err := result.Rows.Next(ctx); err == nil {
		return nil, tns.Errorf(1422, "exact fetch returns more than requested number of rows")
	}
	return values, nil
}
