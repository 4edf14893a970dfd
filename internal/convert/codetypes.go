// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"strconv"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// codeType is the type of a variable or parameter.
type codeType struct {
	SQL string
	cat category
	// whole is true for PLS_INTEGER, which is an integer on PostgreSQL too.
	whole bool
}

// base is the type without its size: a variable that is given to an OUT parameter must have the same.
func (t codeType) base() string {
	base, _, _ := strings.Cut(t.SQL, "(")
	return base
}

// typeInCode maps a type of PL/SQL. A parameter has no size, on Oracle as on PostgreSQL.
func (k *coder) typeInCode(t sql.Type, parameter bool) (codeType, error) {
	if t.Anchor != nil {
		return k.anchored(t, parameter)
	}
	col := dictionary.Column{ColumnTraits: &dictionary.ColumnTraits{Type: t.Name}}
	switch t.Name {
	case "PLS_INTEGER", "BINARY_INTEGER":
		return codeType{SQL: "integer", cat: catNumber, whole: true}, nil
	case "BOOLEAN":
		return codeType{SQL: "boolean", cat: catBool}, nil
	case "INTEGER", "INT", "SMALLINT":
		if parameter {
			return codeType{SQL: "numeric", cat: catNumber}, uncertain("a parameter of the type %s, which rounds on Oracle", t.Name)
		}
		return codeType{SQL: "numeric(38,0)", cat: catNumber}, nil
	case "NUMBER", "NUMERIC", "DECIMAL", "DEC":
		return numberInCode(t, parameter)
	case "VARCHAR2", "VARCHAR", "NVARCHAR2", "STRING":
		n, err := size(t, 1, parameter)
		if err != nil || parameter {
			return codeType{SQL: "character varying", cat: catText}, err
		}
		return codeType{SQL: fmt.Sprintf("character varying(%d)", n), cat: catText}, nil
	case "DATE":
		return codeType{SQL: "timestamp(0)", cat: catDate}, nil
	case "TIMESTAMP":
		if t.Zone != "" {
			return codeType{}, uncertain("the type TIMESTAMP %s", t.Zone)
		}
		col.Type = "TIMESTAMP(6)"
		if len(t.Size) == 1 {
			col.Type = "TIMESTAMP(" + t.Size[0] + ")"
		}
		typ, ok := timeType(col.Type)
		if !ok || typ.Note != "" {
			return codeType{}, uncertain("the type %s", clip(col.Type))
		}
		return codeType{SQL: typ.SQL, cat: catTimestamp}, nil
	}
	return codeType{}, uncertain("the type %s", clip(t.Name))
}

func numberInCode(t sql.Type, parameter bool) (codeType, error) {
	plain := codeType{SQL: "numeric", cat: catNumber}
	if len(t.Size) == 0 && t.Name == "NUMBER" || parameter && len(t.Size) == 0 {
		return plain, nil
	}
	if parameter {
		return plain, uncertain("a parameter with a size")
	}
	if len(t.Size) == 0 { // NUMERIC and DECIMAL by themselves hold whole numbers
		return codeType{SQL: "numeric(38,0)", cat: catNumber}, nil
	}
	p, err := strconv.Atoi(t.Size[0])
	scale := 0
	if err == nil && len(t.Size) == 2 {
		scale, err = strconv.Atoi(t.Size[1])
	}
	if err != nil || p < 1 || p > 38 || scale < 0 || scale > p || len(t.Size) > 2 {
		return plain, uncertain("the size of the type %s", t.Name)
	}
	return codeType{SQL: fmt.Sprintf("numeric(%d,%d)", p, scale), cat: catNumber}, nil
}

// size is the one size that a type was written with, which a variable must have and a parameter can't.
func size(t sql.Type, least int, parameter bool) (int, error) {
	if parameter {
		if len(t.Size) > 0 {
			return 0, uncertain("a parameter with a size")
		}
		return 0, nil
	}
	if len(t.Size) != 1 {
		return 0, uncertain("the size of the type %s", t.Name)
	}
	n, err := strconv.Atoi(t.Size[0])
	if err != nil || n < least || n > 32767 {
		return 0, uncertain("the size of the type %s", t.Name)
	}
	return n, nil
}

// anchored is T.C%TYPE, or V%TYPE of a variable. A parameter takes a number of any size, a variable only what the column takes.
func (k *coder) anchored(t sql.Type, parameter bool) (codeType, error) {
	n := len(t.Anchor)
	if n == 1 {
		if v := k.lookup(t.Anchor[0]); v != nil && v.fields == nil {
			return v.typ, nil
		}
		return codeType{}, uncertain("%s%%TYPE", clip(t.Anchor[0]))
	}
	if n > 3 {
		return codeType{}, uncertain("a type taken from %s", clip(t.Anchor[0]))
	}
	from := sql.Table{Name: t.Anchor[n-2]}
	if n == 3 {
		from.Owner = t.Anchor[0]
	}
	tab := k.c.tables[k.c.resolve(k.owner, from)]
	if tab == nil {
		return codeType{}, uncertain("the type of a column of %s, which is not on the target", clip(from.Name))
	}
	x := tab.column(t.Anchor[n-1])
	if x == nil {
		return codeType{}, uncertain("the type of the column %s, which is not on the target", clip(t.Anchor[n-1]))
	}
	if err := readable(x); err != nil {
		return codeType{}, err
	}
	switch x.typ.cat {
	case catNumber:
		if x.Column.Precision == nil && x.Column.Scale == nil {
			return codeType{SQL: "numeric", cat: catNumber}, nil
		}
		own := sql.Type{Name: "NUMBER", Size: []string{"38", "0"}}
		if x.Column.Precision != nil {
			own.Size[0] = strconv.FormatInt(*x.Column.Precision, 10)
		}
		if x.Column.Scale != nil {
			own.Size[1] = strconv.FormatInt(*x.Column.Scale, 10)
		}
		if parameter {
			own.Size = nil
		}
		return numberInCode(own, parameter)
	case catText:
		if parameter {
			return codeType{SQL: "character varying", cat: catText}, nil
		}
		if x.Column.Type == "CHAR" || x.Column.Type == "NCHAR" {
			return codeType{SQL: "character varying(1)", cat: catText}, nil
		}
		return codeType{SQL: x.typ.SQL, cat: catText}, nil
	case catDate, catTimestamp:
		if x.typ.Note != "" {
			break
		}
		return codeType{SQL: x.typ.SQL, cat: x.typ.cat}, nil
	}
	return codeType{}, uncertain("the type of the column %s (%s)", clip(x.Column.Name), clip(x.Column.Type))
}

// assigned is a value as it goes into something of a type: what Oracle would convert by the session's settings is refused.
func assigned(x expression, to category, what string) (string, error) {
	switch {
	case x.null:
		return "NULL", nil
	case x.cat == to && to != catNone && to != catOther:
		return x.SQL, nil
	case x.cat == catText && (to == catChar || to == catLob), x.cat == catDate && to == catTimestamp, x.cat == catZoned && to == catTimestamp:
		return x.SQL, nil
	case x.cat == catNumber && x.integer && to == catText:
		return "(" + x.SQL + ")::text", nil
	case to == catText && x.cat == catChar:
		return "", uncertain("a CHAR value that goes into %s: PostgreSQL cuts its blanks", clip(what))
	}
	return "", uncertain("the value %s, which Oracle converts before it goes into %s", clip(x.SQL), clip(what))
}
