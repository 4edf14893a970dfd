// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/assess/sct"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// assessReports reads AWS's reports, and puts Ferryman's own findings beside them where there is an export of the same source too. A
// --snapshot alone is the reports.
func assessReports(f assessFlags) (*assess.Report, error) {
	if f.prices != "" || f.scratch != "" {
		return nil, usageError{errors.New("--prices and --scratch are for --engine builtin: AWS's reports have their own efforts and were tried nowhere")}
	}
	from := cmp.Or(f.reports, f.snapshot)
	theirs, err := sct.ReadPath(from)
	if err != nil {
		return nil, fmt.Errorf("read AWS's report in %s: %w", from, err)
	}
	if f.reports == "" || f.snapshot == "" {
		return theirs, nil
	}
	d, err := dictionary.ReadExport(os.DirFS(f.snapshot))
	if err != nil {
		return nil, fmt.Errorf("read the export in %s: %w", f.snapshot, err)
	}
	ours := assess.Assess(d, convert.Convert(d, convert.Options{}), assess.Options{Now: time.Now()})
	return sct.Beside(theirs, ours), nil
}
