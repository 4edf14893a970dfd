// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/goccy/go-yaml"
)

//go:embed prices.yaml
var listPrices []byte

// Prices is the price list: what a person needs for what does not convert by itself, in hours.
type Prices struct {
	Version int                           `yaml:"version"`
	Spread  map[convert.Complexity]Spread `yaml:"spread"`
	Code    CodePrice                     `yaml:"code"`
	Codes   map[string]Price              `yaml:"codes"`
	Other   Price                         `yaml:"other"`
	Build   map[string]ConstructPrice     `yaml:"constructs"`
	Unnamed ConstructPrice                `yaml:"other_construct"`
}

// Price is what one action item of a code costs. LearningHours are needed once for the code.
type Price struct {
	Complexity    convert.Complexity `yaml:"complexity"`
	Hours         float64            `yaml:"hours"`
	LearningHours float64            `yaml:"learning_hours"`
}

// ConstructPrice is what a construct costs each time that it is met in code. LearningHours are needed once for the construct.
type ConstructPrice struct {
	Hours         float64 `yaml:"hours"`
	LearningHours float64 `yaml:"learning_hours"`
}

// Spread are the factors by which the hours of an item may be off.
type Spread struct {
	Low  float64 `yaml:"low"`
	High float64 `yaml:"high"`
}

// CodePrice prices code by its size, and says up to how many hours an item of code is Simple and Medium.
type CodePrice struct {
	LinesPerHour     float64 `yaml:"lines_per_hour"`
	LeastHours       float64 `yaml:"least_hours"`
	DeclarationHours float64 `yaml:"declaration_hours"`
	SimpleBelow      float64 `yaml:"simple_below"`
	MediumBelow      float64 `yaml:"medium_below"`
}

// DefaultPrices is the price list that ships with Ferryman.
func DefaultPrices() *Prices {
	p, err := ReadPrices(bytes.NewReader(listPrices))
	if err != nil {
		panic("the price list in the binary: " + err.Error())
	}
	return p
}

// maxPrices bounds a price list that is read from a file.
const maxPrices = 1 << 20

// ReadPrices reads a price list. An unknown key, a missing part or a price below zero is refused, with its place.
func ReadPrices(r io.Reader) (*Prices, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxPrices+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxPrices {
		return nil, fmt.Errorf("a price list is at most %d bytes long", maxPrices)
	}
	var p Prices
	if err := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict()).Decode(&p); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the price list is empty")
		}
		return nil, errors.New(yaml.FormatError(err, false, false))
	}
	return &p, p.check()
}

func (p *Prices) check() error {
	if p.Version != 1 {
		return fmt.Errorf("version is %d; this Ferryman reads price lists of version 1", p.Version)
	}
	for _, c := range complexities {
		if s, ok := p.Spread[c]; !ok || !(s.Low > 0 && s.Low <= 1) || !fine(s.High) || s.High < 1 {
			return fmt.Errorf("spread.%s needs low (above 0, at most 1) and high (1 or more)", c)
		}
	}
	if !(p.Code.LinesPerHour > 0) || !fine(p.Code.LeastHours) || !fine(p.Code.DeclarationHours) || !fine(p.Code.SimpleBelow) || !(p.Code.MediumBelow >= p.Code.SimpleBelow) {
		return errors.New("code needs lines_per_hour above 0, hours that are not below 0, and medium_below not less than simple_below")
	}
	if err := p.Other.check("other"); err != nil {
		return err
	}
	for code, price := range p.Codes {
		if err := price.check("codes." + code); err != nil {
			return err
		}
	}
	if !fine(p.Unnamed.Hours) || !fine(p.Unnamed.LearningHours) {
		return errors.New("other_construct: hours are not below 0")
	}
	for name, price := range p.Build {
		if !fine(price.Hours) || !fine(price.LearningHours) {
			return fmt.Errorf("constructs.%s: hours are not below 0", name)
		}
	}
	return nil
}

// complexities, easiest first.
var complexities = []convert.Complexity{convert.Simple, convert.Medium, convert.Complex}

func (p Price) check(where string) error {
	if !slices.Contains(complexities, p.Complexity) {
		return fmt.Errorf("%s: complexity is Simple, Medium or Complex, not %q", where, p.Complexity)
	}
	if !fine(p.Hours) || !fine(p.LearningHours) {
		return fmt.Errorf("%s: hours are not below 0", where)
	}
	return nil
}

// fine holds for hours that can be added up.
func fine(hours float64) bool { return hours >= 0 && hours < 1e6 && !math.IsNaN(hours) }

// construct finds a construct's price: its own, or that of the longest name with a * that fits.
func (p *Prices) construct(name string) (key string, price ConstructPrice) {
	if price, ok := p.Build[name]; ok {
		return name, price
	}
	key, price = "", p.Unnamed
	for pattern, x := range p.Build {
		if stem, star := strings.CutSuffix(pattern, "*"); star && strings.HasPrefix(name, stem) && len(pattern) > len(key) {
			key, price = pattern, x
		}
	}
	return key, price
}
