// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// GivenScript is a file that a person gave: its name, and its text.
type GivenScript struct{ Name, SQL string }

// TriedScript is what became of a given script.
type TriedScript struct {
	Name string `json:"name"`
	// Object is what it is for; empty where that could not be told.
	Object convert.Object `json:"object"`
	SHA256 string         `json:"sha256,omitempty"`
	// Refused says why it was not taken, empty where it was. Line is where in it, 0 is unknown.
	Refused string `json:"refused,omitempty"`
	Line    int    `json:"line,omitempty"`
	// Makes are the objects that it makes.
	Makes []string `json:"makes,omitempty"`
	// Instead tells that it takes the place of an earlier script, of that person.
	Instead string `json:"instead,omitempty"`
}

// TakeScripts tries scripts that a person gave for a migration. Nothing is kept of it; [KeepScripts] does that. Nothing is changed on the
// target, which is not even taken over.
func (c *Crew) TakeScripts(ctx context.Context, m *store.Migration, given []GivenScript) ([]TriedScript, error) {
	profile, ends, err := c.profile(ctx, m.Profile)
	if err != nil {
		return nil, err
	}
	if ends.Scratch == nil {
		return nil, &runbook.Problem{What: "People's scripts are not tried on the target's server, so none was taken.",
			Means: "One person gives them, before two have said yes, and what a script calls may take the server's time, memory and disk.",
			Do:    "Name a server for it by target.scratch_url in the profile (a profile is fixed while its migration is open), or try them with ferryman assess --scratch URL --scripts DIR."}
	}
	h := &hands{crew: c, profile: profile, ends: ends, migration: m.Name, targetID: m.TargetID, schemas: m.Schemas}
	defer h.Close()
	if err := h.obey(ctx, m, "assess"); err != nil && !errors.Is(err, ErrScriptGone) {
		return nil, err
	}
	dict, err := h.dictionary(ctx, nil)
	if err != nil {
		return nil, err
	}
	scratch, err := openTarget(ctx, *ends.Scratch)
	if err != nil {
		return nil, problem("The scratch database can't be used.", err)
	}
	defer scratch.Close()
	tried, err := tryScripts(ctx, scratch, dict, h.decided, given, func(d convert.Decisions) (*convert.Conversion, error) {
		return h.conversion(ctx, m, dict, convert.Options{Decisions: d})
	})
	var nobody *postgres.NoScratchRoleError
	if errors.As(err, &nobody) {
		return nil, &runbook.Problem{What: "The scripts can't be tried, so none was taken.", Means: sentence(err.Error()), Err: err}
	}
	if err != nil {
		return nil, problem("The scripts can't be tried.", err)
	}
	return tried, nil
}

// TryScripts finds the object that each script is for, and tries those of which it is known in the scratch database, on top of what the
// conversion makes of everything else.
func TryScripts(ctx context.Context, scratch *postgres.Target, dict *dictionary.Dictionary, decided convert.Decisions, given []GivenScript) ([]TriedScript, error) {
	return tryScripts(ctx, scratch, dict, decided, given, func(d convert.Decisions) (*convert.Conversion, error) {
		return convert.Convert(dict, convert.Options{Decisions: d}), nil
	})
}

// tryScripts is TryScripts for any engine.
func tryScripts(ctx context.Context, scratch *postgres.Target, dict *dictionary.Dictionary, decided convert.Decisions, given []GivenScript,
	engine func(convert.Decisions) (*convert.Conversion, error)) ([]TriedScript, error) {
	tried := make([]TriedScript, len(given))
	var scripts []postgres.PersonScript
	var at []int
	taken := map[convert.Object]string{}
	for i, g := range given {
		tried[i].Name = g.Name
		o, err := ScriptFor(dict, g)
		switch {
		case err != nil:
			tried[i].Refused = err.Error()
			continue
		case taken[o] != "":
			tried[i].Object, tried[i].Refused = o, fmt.Sprintf("%s is for the same object", taken[o])
			continue
		}
		taken[o] = g.Name
		tried[i].Object, tried[i].SHA256 = o, convert.ScriptSum(g.SQL)
		scripts, at = append(scripts, postgres.PersonScript{Object: scriptObject(o), SQL: g.SQL}), append(at, i)
		for _, s := range decided.Scripts {
			if s.Object == o {
				tried[i].Instead = s.By
			}
		}
	}
	if len(scripts) == 0 {
		return tried, nil
	}
	base, err := baseWithout(engine, decided, taken)
	if err != nil {
		return nil, err
	}
	trials, err := scratch.TryScripts(ctx, base, scripts)
	if err != nil {
		return nil, err
	}
	for n, trial := range trials {
		t := &tried[at[n]]
		t.Refused, t.Line, t.Makes = trial.Refused, trial.Line, trial.Changed
	}
	return tried, nil
}

// baseWithout is what the conversion makes, with the scripts that were taken before, but nothing of some objects.
func baseWithout(engine func(convert.Decisions) (*convert.Conversion, error), decided convert.Decisions, without map[convert.Object]string) ([]postgres.Statement, error) {
	decided.Scripts = slices.DeleteFunc(slices.Clone(decided.Scripts), func(s convert.Script) bool { return without[s.Object] != "" || s.SQL == "" })
	conversion, err := engine(decided)
	if err != nil {
		return nil, err
	}
	list, err := wishes(conversion, decided)
	if err != nil {
		return nil, err
	}
	var base []postgres.Statement
	for _, w := range list {
		if without[w.source] != "" {
			continue
		}
		for _, sql := range w.sql {
			base = append(base, postgres.Statement{Object: w.id, SQL: sql, Outside: w.outside})
		}
	}
	return base, nil
}

// KeepScripts adds scripts that were tried to a migration's decisions, in the place of earlier ones for the same objects.
func KeepScripts(d convert.Decisions, tried []TriedScript, by string, at time.Time) convert.Decisions {
	d.Scripts = slices.Clone(d.Scripts)
	for _, t := range tried {
		if t.Refused != "" {
			continue
		}
		d.Scripts = slices.DeleteFunc(d.Scripts, func(s convert.Script) bool { return s.Object == t.Object })
		d.Scripts = append(d.Scripts, convert.Script{Object: t.Object, SHA256: t.SHA256, From: t.Name, Decided: convert.Decided{By: by, At: at}})
	}
	return d
}

// forLine is a script's first line where that names the object: "-- for FUNCTION BOXOFFICE.PRICE".
var forLine = regexp.MustCompile(`^\x{feff}?--\s*(?i:for|object)\s*:?\s+(?:([A-Za-z ]+?)\s+)?(?:"?([^\s."]+)"?\.)?"?([^\s."]+)"?\s*$`)

// ScriptFor is the object that a script is for: the one that its first line names, else its file: price.sql, boxoffice.price.sql or
// function.boxoffice.price.sql.
func ScriptFor(dict *dictionary.Dictionary, g GivenScript) (convert.Object, error) {
	line, _, _ := strings.Cut(g.SQL, "\n")
	var kind, owner, name string
	if found := forLine.FindStringSubmatch(strings.TrimRight(line, "\r")); found != nil {
		kind, owner, name = found[1], found[2], found[3]
	} else {
		base := g.Name[strings.LastIndexAny(g.Name, `/\`)+1:]
		if len(base) < 4 || !strings.EqualFold(base[len(base)-4:], ".sql") {
			return convert.Object{}, errors.New("it is no .sql file")
		}
		parts := strings.Split(base[:len(base)-4], ".")
		switch len(parts) {
		case 1:
			name = parts[0]
		case 2:
			owner, name = parts[0], parts[1]
		case 3:
			kind, owner, name = strings.NewReplacer("_", " ", "-", " ").Replace(parts[0]), parts[1], parts[2]
		default:
			return convert.Object{}, errors.New("its name does not say what it is for: call it object.sql, schema.object.sql or type.schema.object.sql")
		}
	}
	var found []convert.Object
	for _, o := range dict.Objects {
		x := convert.Object{Owner: o.Owner, Type: o.Type, Name: o.Name}
		if dict.InScope(o.Owner) && o.Subobject == "" && strings.EqualFold(o.Name, name) && (owner == "" || strings.EqualFold(o.Owner, owner)) &&
			(kind == "" || strings.EqualFold(o.Type, kind)) && scriptObject(x).Takes() && !slices.Contains(found, x) {
			found = append(found, x)
		}
	}
	// A package is its body, unless the script says otherwise.
	if kind == "" && len(found) == 2 {
		found = slices.DeleteFunc(found, func(o convert.Object) bool {
			return slices.ContainsFunc(found, func(x convert.Object) bool { return x.Type == o.Type+" BODY" })
		})
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return convert.Object{}, fmt.Errorf("there is no object %s on Oracle for which scripts are taken; name the file after the object, or write into its first line: -- for FUNCTION %s.NAME",
			strings.TrimPrefix(strings.ToUpper(owner+"."+name), "."), firstOwner(dict))
	}
	var names []string
	for _, o := range found {
		names = append(names, o.Type+" "+o.Owner+"."+o.Name)
	}
	return convert.Object{}, fmt.Errorf("it could be for %s; write into its first line: -- for %s", strings.Join(names, " or "), names[0])
}

func firstOwner(dict *dictionary.Dictionary) string {
	for _, o := range dict.Objects {
		if dict.InScope(o.Owner) {
			return o.Owner
		}
	}
	return "SCHEMA"
}
