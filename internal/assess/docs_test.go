// SPDX-License-Identifier: Apache-2.0

package assess_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/plsql"
	"github.com/stretchr/testify/require"
)

const page = "../../docs/assessment.md"

// TestTheDocumentedListsAreTheRealOnes holds the tables of docs/assessment.md against the rules and the price list. With
// FERRYMAN_WRITE_DOCS=1 it writes them.
func TestTheDocumentedListsAreTheRealOnes(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(page)
	require.NoError(t, err)
	text := string(raw)
	for name, table := range map[string]string{"rules": rulesTable(), "prices": pricesTable(), "checks": checksTable(t)} {
		part := regexp.MustCompile(`(?s)<!-- ` + name + ` -->\n.*?<!-- /` + name + ` -->`)
		require.Len(t, part.FindAllString(text, -1), 1, name)
		text = part.ReplaceAllLiteralString(text, "<!-- "+name+" -->\n"+table+"<!-- /"+name+" -->")
	}
	if os.Getenv("FERRYMAN_WRITE_DOCS") != "" {
		require.NoError(t, os.WriteFile(page, []byte(text), 0o644))
		return
	}
	require.Equal(t, text, string(raw), "FERRYMAN_WRITE_DOCS=1 go test -run TestTheDocumentedLists ./internal/assess writes it")
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func rulesTable() string {
	var b strings.Builder
	b.WriteString("| code | severity | finding | why | what mends it: where it runs · locks · waits for · when | source |\n|---|---|---|---|---|---|\n")
	for _, r := range assess.Rules() {
		mend := "–"
		if r.Mend != (assess.Mend{}) {
			mend = r.Mend.On + " · " + r.Mend.Lock + " · " + r.Mend.Waits + " · " + r.Mend.When
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", r.Code, r.Severity, cell(r.Title), cell(r.Why), cell(mend), cell(r.Source))
	}
	return b.String()
}

func pricesTable() string {
	p := assess.DefaultPrices()
	var b strings.Builder
	fmt.Fprintf(&b, "Code: %g lines an hour, at least %g h; %g h for a package whose body is priced. Simple below %g h, Medium below %g h, else Complex.\n\n",
		p.Code.LinesPerHour, p.Code.LeastHours, p.Code.DeclarationHours, p.Code.SimpleBelow, p.Code.MediumBelow)
	b.WriteString("| complexity | low | high |\n|---|---|---|\n")
	for _, c := range []convert.Complexity{convert.Simple, convert.Medium, convert.Complex} {
		fmt.Fprintf(&b, "| %s | × %g | × %g |\n", c, p.Spread[c].Low, p.Spread[c].High)
	}
	b.WriteString("\n| code | action item | complexity | hours | learning hours |\n|---|---|---|---|---|\n")
	for _, code := range slices.Sorted(maps.Keys(p.Codes)) {
		title, hours := convert.Titles[code], fmt.Sprintf("%g", p.Codes[code].Hours)
		if code == convert.RefusedCode {
			title = "Statement that PostgreSQL refused"
		}
		if code == convert.CodeUnit || code == convert.CodeTrigger {
			hours = "by size"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %g |\n", code, title, p.Codes[code].Complexity, hours, p.Codes[code].LearningHours)
	}
	fmt.Fprintf(&b, "| any other | | %s | %g | %g |\n", p.Other.Complexity, p.Other.Hours, p.Other.LearningHours)
	b.WriteString("\n| construct | what | hours each time | learning hours |\n|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(p.Build)) {
		what := plsql.Names[name]
		if what == "" {
			what = "packages of Oracle by these names"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %g | %g |\n", name, cell(what), p.Build[name].Hours, p.Build[name].LearningHours)
	}
	fmt.Fprintf(&b, "| any other | | %g | %g |\n", p.Unnamed.Hours, p.Unnamed.LearningHours)
	return b.String()
}

// checks are AWS's assessments for a source of Oracle.
var checks = map[string]bool{
	"unsupported-data-types-in-source": true, "full-lob-not-nullable-at-target": true, "table-with-lob-but-without-primary-key-or-unique-constraint": true,
	"table-with-no-primary-key-or-unique-constraint": true, "target-table-has-unique-key-or-primary-key-for-cdc": true,
	"oracle-supplemental-db-level": true, "oracle-validate-supplemental-logging-all-columns": true, "oracle-validate-supplemental-logging-for-pk": true,
	"oracle-check-archivelog-mode": true, "oracle-check-archivelog-retention-rds": true, "oracle-number-columns-without-scale": true,
	"oracle-binary-lob-source-validation": true, "oracle-validate-securefile-lobs": true, "oracle-validate-limited-lob-mode-for-longs": true,
	"oracle-check-xml-columns": true, "oracle-validate-function-based-indexes": true, "oracle-validate-global-temporary-tables": true,
	"oracle-validate-invisible-columns": true, "oracle-validate-virtual-columns": true, "oracle-validate-iot-overflow-segments": true,
	"oracle-check-object-30-bytes-limit": true, "oracle-validate-names-with-apostrophes": true, "oracle-check-pdb-enabled": true, "oracle-validate-cdb": true,
	"oracle-check-cdc-support-express-edition": true, "oracle-recommendation-cdc-method": true, "oracle-check-rac": true, "oracle-check-asm": true,
	"oracle-check-tde-enabled": true, "oracle-check-handlecollationdiff": true, "oracle-check-pk-validity": true, "oracle-target-triggers-are-enabled": true,
	"oracle-check-secondary-indexes": true, "oracle-prerequisites-privileges-of-validation-feature": true, "oracle-batch-apply-lob-mode": true,
	"oracle-zero-archive-log-dest-id": true,
}

func checksTable(t *testing.T) string {
	t.Helper()
	by := map[string][]string{}
	for _, r := range assess.Rules() {
		for _, c := range r.Checks {
			_, known := checks[c]
			require.True(t, known, "%s: AWS has no assessment %s", r.Code, c)
			by[c] = append(by[c], "`"+r.Code+"`")
		}
	}
	var b strings.Builder
	b.WriteString("| AWS's assessment | Ferryman's rule |\n|---|---|\n")
	for _, c := range slices.Sorted(maps.Keys(checks)) {
		require.NotEmpty(t, by[c], "no rule looks at %s", c)
		fmt.Fprintf(&b, "| `%s` | %s |\n", c, strings.Join(by[c], ", "))
	}
	return b.String()
}
