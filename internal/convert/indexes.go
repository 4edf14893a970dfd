// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"slices"
	"strings"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// indexesStep makes the indexes that no key makes by itself.
func (c *converter) indexesStep() {
	unknown := c.firstUnknown("ALL_INDEXES", "ALL_IND_COLUMNS", "ALL_IND_EXPRESSIONS")
	behind := map[dictionary.Name]*dictionary.Constraint{}
	for i := range c.d.Constraints {
		if k := &c.d.Constraints[i]; (k.Type == "P" || k.Type == "U") && k.IndexName != "" {
			owner := k.IndexOwner
			if owner == "" {
				owner = k.Owner
			}
			behind[dictionary.Name{Owner: owner, Name: k.IndexName}] = k
		}
	}
	for _, o := range c.objectsOf("INDEX") {
		if unknown != "" {
			c.notRead(o, unknown)
			continue
		}
		i := c.d.Index(o.Owner, o.Name)
		if i == nil {
			c.set(o, NotTried, "it is not in ALL_INDEXES")
			c.note(CodeNotRead, o, "", "the index is in ALL_OBJECTS and not in ALL_INDEXES", "assess again")
			continue
		}
		n := dictionary.Name{Owner: i.TableOwner, Name: i.Table}
		t := c.tables[n]
		switch {
		case i.Type == "LOB":
			c.set(o, LeftOut, "Oracle keeps it for a LOB column")
		case i.Type == "CLUSTER" || i.TableType == "CLUSTER":
			c.set(o, LeftOut, "it is storage: the index of a cluster")
		case t == nil && c.facts.containers[n] != "":
			c.mviewIndexes = append(c.mviewIndexes, i)
		case t == nil:
			c.set(o, LeftOut, "its table "+i.TableOwner+"."+i.Table+" is not on the target")
			c.note(CodeIndexTable, o, "", "its table "+i.TableOwner+"."+i.Table+" is not on the target", "")
		case c.facts.foreign[dictionary.Name{Owner: i.Owner, Name: i.Name}]:
			c.action(CodeIndexKind, o, "", "a bitmap join index holds columns of another table; PostgreSQL has no such index",
				"index the columns in their own tables, or keep a materialized view of the join")
		case i.Type == "IOT - TOP":
			c.set(o, Converted, "it is the primary key of its index-organized table")
		case c.sameAsKey(i, behind[dictionary.Name{Owner: i.Owner, Name: i.Name}]):
			c.set(o, Converted, "made with the key "+behind[dictionary.Name{Owner: i.Owner, Name: i.Name}].Name)
		default:
			c.makeIndex(o, t, i)
		}
	}
}

// sameAsKey says whether a key that is made on the target brings the index with it. An index that a key merely uses may have more
// columns, or others first.
func (c *converter) sameAsKey(i *dictionary.Index, k *dictionary.Constraint) bool {
	if k == nil || !c.keys[dictionary.Name{Owner: k.Owner, Name: k.Name}] {
		return false
	}
	var cols []string
	for _, x := range c.d.IndexColumns(i.Owner, i.Name) {
		if x.Expression != "" || x.Descending {
			return false
		}
		cols = append(cols, x.Column)
	}
	return slices.Equal(cols, c.d.ConstraintColumns(k.Owner, k.Name))
}

// mviewIndexesStep makes the indexes of the materialized views that are made.
func (c *converter) mviewIndexesStep() {
	for _, i := range c.mviewIndexes {
		o := Object{i.Owner, "INDEX", i.Name}
		if t := c.mviewTables[dictionary.Name{Owner: i.TableOwner, Name: i.Table}]; t != nil {
			c.mviews[o] = true
			c.makeIndex(o, t, i)
			continue
		}
		c.set(o, LeftOut, "its materialized view "+i.TableOwner+"."+i.Table+" is not on the target")
		c.note(CodeIndexTable, o, "", "its materialized view "+i.TableOwner+"."+i.Table+" is not on the target", "")
	}
}

func (c *converter) makeIndex(o Object, t *table, i *dictionary.Index) {
	switch i.Type {
	case "NORMAL", "FUNCTION-BASED NORMAL":
	case "NORMAL/REV", "FUNCTION-BASED NORMAL/REV", "BITMAP", "FUNCTION-BASED BITMAP":
		c.note(NoteIndexKind, o, "", "the index is "+i.Type+" on Oracle; it becomes a B-tree", "see after the load whether it is still used")
	default:
		c.action(CodeIndexKind, o, "", "an index of type "+clip(i.Type)+" has no counterpart",
			"see what it is used for: full text is GIN, spatial is PostGIS")
		return
	}
	parts, nullable, why := c.indexParts(o, t, i)
	if why != "" {
		c.action(CodeIndexExpr, o, "", why, "write the index for PostgreSQL; its functions must be IMMUTABLE")
		return
	}
	if i.Status == "UNUSABLE" || i.Visibility == "INVISIBLE" || i.FuncidxStatus == "DISABLED" {
		c.note(NoteUnusable, o, "", "Oracle does not use the index now ("+strings.ToLower(strings.Join([]string{i.Status, i.Visibility,
			i.FuncidxStatus}, " "))+"); it is made", "leave it out if nobody misses it")
	}
	want := TargetName(i.Name)
	if strings.HasPrefix(i.Name, "SYS_") && i.Generated == "Y" {
		want = TargetName(t.name + "_idx")
	}
	name := c.schemaNames(t.schema).free(want, "_idx")
	if name != want {
		c.note(NoteRenamed, o, "", fmt.Sprintf("the index is called %s: another object has its name", name), "")
	}
	c.longName(o, "", i.Name)
	if p := c.facts.partIndexes[dictionary.Name{Owner: i.Owner, Name: i.Name}]; t.partitioning != nil && (p == nil ||
		p.Locality == "GLOBAL") && i.Uniqueness != "UNIQUE" {
		c.note(NoteGlobalIndex, o, "",
			"the index is global on Oracle; PostgreSQL keeps one for each partition, and a search without the partition key looks into all of them",
			"")
	}
	unique := ""
	if i.Uniqueness == "UNIQUE" {
		unique = "UNIQUE "
	}
	c.add(Statement{Kind: KindIndex, Object: o, Schema: t.schema, Table: t.name, Name: name, DependsOn: []string{t.id()},
		SQL: fmt.Sprintf("CREATE %sINDEX %s ON %s (%s)", unique, ident(name), t.qualified(), strings.Join(parts, ", "))})
	if unique != "" && len(parts) > 1 && len(nullable) > 0 {
		c.uniqueNulls(o, "", t, name, parts, nullable, "")
	}
	c.set(o, Converted, "")
}

// indexParts translates the positions of an index, and names those that may be NULL; why says what is not certain.
func (c *converter) indexParts(o Object, t *table, i *dictionary.Index) (parts, nullable []string, why string) {
	positions := c.d.IndexColumns(i.Owner, i.Name)
	constants := 0
	for _, p := range positions {
		part := ""
		if p.Expression == "" {
			x := t.column(p.Column)
			if x == nil {
				return nil, nil, "its column " + p.Column + " is not on the target"
			}
			if x.typ.cat == catLob || x.typ.cat == catOther {
				return nil, nil, "its column " + p.Column + " has a type that is not indexed so on PostgreSQL"
			}
			part = ident(x.name)
			if x.Nullable != "N" {
				nullable = append(nullable, p.Column)
			}
		} else {
			e, err := sql.ParseExpr(p.Expression)
			var got expression
			if err == nil {
				got, err = emit(e, tableScope{c, t, false})
			}
			if err == nil && got.volatile {
				err = uncertain("it is not IMMUTABLE on PostgreSQL")
			}
			if err != nil {
				return nil, nil, fmt.Sprintf("its expression %s is not converted: %v", clip(p.Expression), err)
			}
			if got.constant {
				constants++
				continue
			}
			part = "(" + got.SQL + ")"
			if !got.notNull {
				nullable = append(nullable, clip(p.Expression))
			}
		}
		if p.Descending {
			part += " DESC"
		}
		parts = append(parts, part)
	}
	switch {
	case len(parts) == 0:
		return nil, nil, "its columns are not known"
	case constants > 0 && i.Uniqueness == "UNIQUE":
		return nil, nil, "it is unique with a constant, which makes rows unique whose columns are all NULL"
	case constants > 0:
		c.note(NoteIndexConstant, o, "",
			"the constant in it only makes Oracle index rows whose columns are all NULL; PostgreSQL indexes them anyway", "")
	}
	return parts, nullable, ""
}
