// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/store"
)

// conversionDoes says what Schema Conversion does in each of its steps.
var conversionDoes = map[dms.ConversionStep]string{
	dms.ConversionImport: "is reading the dictionary of", dms.ConversionAssess: "is assessing", dms.ConversionConvert: "is converting",
	dms.ConversionScript: "is writing the script of", dms.ConversionApply: "is applying to the target",
}

// assessConverting is how far AWS DMS Schema Conversion is.
func assessConverting(m *store.Migration, event store.Event) (Message, error) {
	var c phases.Converting
	if err := json.Unmarshal(event.Data, &c); err != nil {
		return Message{}, err
	}
	text := fmt.Sprintf("*AWS DMS Schema Conversion* %s %s", conversionDoes[c.Step], strings.Join(few(m.Schemas, schemasShown), ", "))
	switch {
	case c.Status == "RECEIVED" || c.Status == "PENDING":
		text += " · in AWS's queue"
	case c.Status != "IN_PROGRESS":
		text += " · " + Escape(strings.ToLower(strings.ReplaceAll(c.Status, "_", " ")))
	case c.Percent > 0 || c.Objects > 0:
		text += fmt.Sprintf(" · %.0f %%", c.Percent)
	}
	if c.Objects > 0 {
		text += fmt.Sprintf(" of %s objects", count(c.Objects))
	}
	if c.Object != "" {
		text += " · `" + Escape(oneLine(c.Object)) + "`"
	}
	return message(text), nil
}
