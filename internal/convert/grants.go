// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// rights of Oracle that PostgreSQL has too, by what they are on. READ is SELECT without SELECT FOR UPDATE, which PostgreSQL ties to UPDATE.
var (
	tableRights = map[string]string{"SELECT": "SELECT", "READ": "SELECT", "INSERT": "INSERT", "UPDATE": "UPDATE", "DELETE": "DELETE",
		"REFERENCES": "REFERENCES"}
	sequenceRights = map[string]string{"SELECT": "USAGE"}
	routineRights  = map[string]string{"EXECUTE": "EXECUTE"}
)

// grant is the rights of one role on one relation or routine of the target.
type grant struct {
	object         Object
	schema, name   string
	what, need     string
	role           string
	rights         []string // as GRANT takes them, sorted
	grantable      bool
	columnsOfRight string // the column, for a right on one
}

// grantsStep grants what Oracle grants on the objects that are made, to the roles that exist. Who is not there is named once, with what
// would be granted.
func (c *converter) grantsStep() {
	found := map[string]*grant{}
	missing := map[Object][]string{}
	take := func(owner, table, column, grantee, privilege, grantable string) {
		g := c.grantOn(owner, table)
		if g == nil || grantee == owner {
			return // the object's own item says why it is not there
		}
		rights := map[string]map[string]string{"TABLE": tableRights, "SEQUENCE": sequenceRights, "ROUTINE": routineRights}[g.what]
		right, role := rights[privilege], TargetName(grantee)
		what := privilege + " on " + owner + "." + table
		if column != "" {
			what = privilege + " (" + column + ") on " + owner + "." + table
		}
		if right == "" || grantee != "PUBLIC" && !slices.Contains(c.options.Roles, role) {
			o := Object{owner, "GRANT", grantee}
			missing[o] = append(missing[o], what)
			return
		}
		g.role, g.columnsOfRight, g.grantable = role, column, grantable == "YES" && grantee != "PUBLIC"
		key := fmt.Sprintf("%q %q %q %q %t", g.schema, g.name, role, column, g.grantable)
		if grantee == "PUBLIC" {
			g.role = ""
		}
		if found[key] == nil {
			found[key] = g
		}
		if !slices.Contains(found[key].rights, right) {
			found[key].rights = append(found[key].rights, right)
		}
	}
	for _, p := range c.d.TabPrivs {
		take(p.Owner, p.Table, "", p.Grantee, p.Privilege, p.Grantable)
	}
	for _, p := range c.d.ColPrivs {
		take(p.Owner, p.Table, p.Column, p.Grantee, p.Privilege, p.Grantable)
	}
	usage := map[[2]string]bool{}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		g := found[key]
		to := "PUBLIC"
		if g.role != "" {
			to = ident(g.role)
		}
		if k := [2]string{g.schema, to}; !usage[k] {
			usage[k] = true
			c.add(Statement{Kind: KindGrant, Object: g.object, Schema: g.schema, Name: cmp.Or(g.role, "PUBLIC") + " (usage)",
				SQL: fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s", ident(g.schema), to)})
		}
		c.grant(g, to)
	}
	for _, o := range slices.SortedFunc(maps.Keys(missing), func(a, b Object) int {
		return cmp.Or(cmp.Compare(a.Owner, b.Owner),
			cmp.Compare(a.Name, b.Name))
	}) {
		c.missingRights(o, missing[o])
	}
}

func (c *converter) grant(g *grant, to string) {
	slices.Sort(g.rights)
	rights, name := strings.Join(g.rights, ", "), cmp.Or(g.role, "PUBLIC")
	if g.columnsOfRight != "" {
		for i, r := range g.rights {
			g.rights[i] = r + " (" + ident(TargetName(g.columnsOfRight)) + ")"
		}
		rights = strings.Join(g.rights, ", ")
		name += " (" + TargetName(g.columnsOfRight) + ")"
	}
	option := ""
	if g.grantable {
		option, name = " WITH GRANT OPTION", name+" (with grant option)"
	}
	c.add(Statement{Kind: KindGrant, Object: g.object, Schema: g.schema, Table: g.name, Name: name, DependsOn: []string{g.need},
		SQL: fmt.Sprintf("GRANT %s ON %s %s TO %s%s", rights, g.what, ident(g.schema, g.name), to, option)})
}

// grantOn is what a right is on, on the target, or nil.
func (c *converter) grantOn(owner, name string) *grant {
	n := dictionary.Name{Owner: owner, Name: name}
	if t := c.tables[n]; t != nil {
		return &grant{object: t.object, schema: t.schema, name: t.name, what: "TABLE", need: t.id()}
	}
	schema := TargetName(owner)
	if kind := c.views[n]; kind != "" {
		return &grant{object: Object{owner, strings.ToUpper(string(kind)), name}, schema: schema, name: TargetName(name), what: "TABLE",
			need: string(kind) + ":" + schema + "." + TargetName(name)}
	}
	if s := c.sequences[n]; s != "" {
		return &grant{object: Object{owner, "SEQUENCE", name}, schema: schema, name: s, what: "SEQUENCE", need: string(KindSequence) + ":" +
			schema + "." + s}
	}
	if r := c.code.routines[n]; r != nil {
		return &grant{object: r.object, schema: r.schema, name: r.name, what: "ROUTINE", need: r.id}
	}
	return nil
}

func (c *converter) missingRights(o Object, what []string) {
	slices.Sort(what)
	what = slices.Compact(what)
	role := TargetName(o.Name)
	const shown = 10
	list := strings.Join(what[:min(shown, len(what))], ", ")
	if len(what) > shown {
		list += fmt.Sprintf(" and %d more", len(what)-shown)
	}
	reason, hint := fmt.Sprintf("%s has rights that PostgreSQL does not have: %s", o.Name, list), "see what it needs them for"
	switch {
	case o.Name != "PUBLIC" && c.options.Roles == nil:
		reason = fmt.Sprintf("nobody looked whether the role %s is on the target; it has %s on Oracle", role, list)
		hint = "make the role on the target and assess with it; what it is granted is then part of the conversion"
	case o.Name != "PUBLIC" && !slices.Contains(c.options.Roles, role):
		reason = fmt.Sprintf("there is no role %s on the target; it has %s on Oracle", role, list)
		hint = "make the role on the target and assess again; what it is granted is then part of the conversion"
	}
	c.action(CodeGrant, o, "", reason, hint)
}
