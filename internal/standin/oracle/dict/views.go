// SPDX-License-Identifier: Apache-2.0

// Package dict knows Oracle's data dictionary as an export directory holds it: the views and their columns, and the tables, columns,
// constraints, sequences, triggers and views that they describe.
package dict

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// View is a dictionary view without its prefix: TABLES stands for ALL_TABLES, DBA_TABLES and USER_TABLES.
type View struct {
	Name string
	// OwnerColumn and ObjectColumn name the object that a row is about: they decide who sees the row in ALL_.
	OwnerColumn, ObjectColumn string
	// KeepOwner says that the USER_ view has the owner's column too.
	KeepOwner bool
	// NoAll says that there is no ALL_ view.
	NoAll   bool
	Columns []Column
	// Defaults holds, by column, the value of rows whose export does not have the column.
	Defaults map[string]string
}

//go:embed views.txt
var viewsText string

var views = sync.OnceValue(func() []*View {
	var list []*View
	for _, paragraph := range strings.Split(viewsText, "\n\n") {
		lines := strings.Split(strings.TrimSpace(paragraph), "\n")
		for strings.HasPrefix(lines[0], "#") {
			lines = lines[1:]
		}
		head := strings.Fields(lines[0])
		v := &View{Name: head[0], OwnerColumn: head[1], ObjectColumn: head[2], KeepOwner: slices.Contains(head[3:], "keep"),
			NoAll: slices.Contains(head[3:], "noall"), Defaults: map[string]string{}}
		for _, item := range strings.Split(lines[1], ", ") {
			name, kind, _ := strings.Cut(item, " ")
			kind, value, found := strings.Cut(kind, "=")
			if found {
				v.Defaults[name] = value
			}
			column, err := shortType(name, kind)
			if err != nil {
				panic(err)
			}
			v.Columns = append(v.Columns, column)
		}
		list = append(list, v)
	}
	return list
})

// Views lists the dictionary views that a stand-in has even where an export has no file for them.
func Views() []*View { return views() }

// File is the view's file in an export.
func (v *View) File() string {
	if v.NoAll {
		return "DBA_" + v.Name + ".csv"
	}
	return "ALL_" + v.Name + ".csv"
}

// Key returns the columns of a view that hold the owner and the name of the object a row is about.
func (v *View) Key() (owner, object string) { return v.OwnerColumn, v.ObjectColumn }

// shortType reads a column type as views.txt writes it: s30, n, d, l, c.
func shortType(name, kind string) (Column, error) {
	c := Column{Name: name, Nullable: true, Precision: -1, Scale: NoScale}
	switch kind[0] {
	case 's':
		n, err := strconv.Atoi(kind[1:])
		if err != nil {
			return c, fmt.Errorf("column %s: type %q", name, kind)
		}
		c.DataType, c.Length, c.CharLength, c.CharUsed = "VARCHAR2", n, n, "B"
	case 'n':
		c.DataType, c.Length = "NUMBER", 22
	case 'd':
		c.DataType, c.Length = "DATE", 7
	case 'l':
		c.DataType = "LONG"
	case 'c':
		c.DataType = "CLOB"
	default:
		return c, fmt.Errorf("column %s: type %q", name, kind)
	}
	return c, nil
}
