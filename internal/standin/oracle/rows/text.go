// SPDX-License-Identifier: Apache-2.0

package rows

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
)

var (
	firstNames = strings.Fields("Ada Bruno Chloé Dmitri Elif Farah Grace Hiroshi Inés Jürgen " +
		"Kwame Léa Mateo Nora Óscar Priya Quinn Rosa Søren Tomáš Uma Viktor Wei Ximena Yusuf Zoë")
	lastNames = strings.Fields("Almeida Brandt Chen D'Souza Eriksen Fernández García Hughes Ivanova Jansen " +
		" Kowalski López Müller Nakamura O'Brien Petrov Quist Rossi Şahin Tanaka Ueda Varga Walsh Xu Yılmaz Zając")
	cities = []string{"Zürich", "Málaga", "Kraków", "Lyon", "Porto", "Bergen", "Ghent", "Leeds", "Austin", "Osaka", "Montréal",
		"Reykjavík", "Tartu", "Nantes", "Graz", "Utrecht"}
	countries = []string{"Switzerland", "Spain", "Poland", "France", "Portugal", "Norway", "Belgium", "United Kingdom", "Japan",
		"Canada", "Iceland", "Côte d'Ivoire"}
	streets = []string{"Mill Lane", "Harbour Road", "Rue des Écoles", "Bahnhofstraße", "Station Street", "Calle Mayor", "Kirkegata",
		"King's Road"}
	words = strings.Fields("amber bridge candle delta early ferry garden harbour island journey kettle lantern meadow north orchard paper " +
		"quiet river silver timber under valley window yellow über naïve façade señor")
	nouns    = strings.Fields("River Harbour Garden Market Bridge Station Valley Forest Tower Island Museum Theatre Stadium Library")
	titles   = strings.Fields("Engineer Analyst Manager Clerk Designer Accountant Planner Editor Technician Director")
	statuses = strings.Fields("NEW OPEN ACTIVE PAID SHIPPED CLOSED")
)

// text makes a text that suits the column's name and fits into it.
func (v *values) text(c *dict.Column, key bool) string {
	if v.first == "" {
		v.first, v.last = v.pick(firstNames), v.pick(lastNames)
	}
	if key {
		return v.keyText(c)
	}
	size := c.CharLength
	if size == 0 {
		size = c.Length
	}
	if size == 1 {
		return []string{"Y", "N"}[v.random.IntN(2)]
	}
	name := c.Name
	text := ""
	switch {
	case has(name, "EMAIL", "MAIL"):
		return v.email(c)
	case has(name, "FIRST", "GIVEN", "FORENAME"):
		text = v.first
	case has(name, "LAST", "SURNAME", "FAMILY"):
		text = v.last
	case has(name, "FULL", "CUSTOMER", "PERSON", "CONTACT", "HOLDER", "AUTHOR"):
		text = v.first + " " + v.last
	case has(name, "PHONE", "MOBILE", "FAX"):
		text = fmt.Sprintf("+%d %d %07d", 30+v.random.IntN(60), 10+v.random.IntN(90), v.random.IntN(10000000))
	case has(name, "CITY", "TOWN", "VENUE"):
		text = v.pick(cities)
	case has(name, "COUNTRY", "NATION") && size > 3:
		text = v.pick(countries)
	case has(name, "STREET", "ADDRESS"):
		text = strconv.Itoa(1+v.random.IntN(200)) + " " + v.pick(streets)
	case has(name, "POSTAL", "ZIP", "POSTCODE"):
		text = fmt.Sprintf("%05d", v.random.IntN(100000))
	case has(name, "URL", "LINK", "WEBSITE"):
		text = "https://example.com/" + v.pick(words) + "/" + strconv.Itoa(v.number+1)
	case has(name, "STATUS", "STATE") && size >= 7:
		text = v.pick(statuses)
	case has(name, "CURRENCY"):
		text = []string{"EUR", "USD", "GBP", "JPY"}[v.random.IntN(4)]
	case has(name, "TITLE", "JOB"):
		text = v.pick(titles)
	case has(name, "DESCRIPTION", "COMMENT", "COMMENTS", "NOTE", "NOTES", "TEXT", "REMARK", "REMARKS"):
		text = v.prose(min(max(size*3/4, 3), 20+v.random.IntN(120)))
	case has(name, "CODE", "NUMBER", "NO", "REF", "SKU"):
		text = v.code(size)
	case has(name, "NAME"):
		text = v.pick(cities) + " " + v.pick(nouns)
	case size <= 3:
		text = v.letters(size)
	default:
		text = v.pick(words)
	}
	if text = fit(text, c); text == "" {
		return v.letters(max(1, min(size, 3)))
	}
	return text
}

// keyText makes a text that is different in every row: what the column is called after, with the row's number where there is space.
func (v *values) keyText(c *dict.Column) string {
	if has(c.Name, "EMAIL", "MAIL") {
		return v.email(c)
	}
	size := c.CharLength
	if size == 0 {
		size = c.Length
	}
	n := v.number + v.try*7919
	if size <= 3 {
		text := ""
		for range size {
			text = string(rune('A'+n%26)) + text
			n /= 26
		}
		return text
	}
	composite := true
	for _, key := range v.table.uniques {
		composite = composite && len(key) > 1
	}
	if composite && has(c.Name, "ROW") {
		return string(rune('A' + v.random.IntN(26)))
	}
	if composite && size < 30 {
		return strconv.Itoa(1 + v.random.IntN(40))
	}
	number := strconv.Itoa(n + 1)
	prefix := strings.ToUpper(v.pick(nouns))
	if has(c.Name, "NAME", "TITLE") {
		prefix = v.pick(cities) + " " + v.pick(nouns) + " "
	} else {
		prefix += "_"
	}
	if len(prefix)+len(number) > size {
		prefix = prefix[:0]
	}
	return prefix + number
}

// email makes an address of letters and the row's number, which makes it unique.
func (v *values) email(c *dict.Column) string {
	if v.first == "" {
		v.first, v.last = v.pick(firstNames), v.pick(lastNames)
	}
	size := max(c.CharLength, 1)
	number := strconv.Itoa(v.number + 1 + v.try*7919)
	name := strings.ToLower(plain(v.first) + "." + plain(v.last))
	for _, domain := range []string{"@example.com", "@a.io", ""} {
		if room := size - len(number) - len(domain); room >= 1 {
			return name[:min(len(name), room)] + number + domain
		}
	}
	return number[max(0, len(number)-size):]
}

// plain keeps the letters of ASCII.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return r
		}
		return -1
	}, text)
}

func (v *values) code(size int) string {
	return fmt.Sprintf("%s%0*d", v.letters(min(2, size)), max(0, min(size-2, 6)), v.random.IntN(1000000))
}

func (v *values) letters(n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = byte('A' + v.random.IntN(26))
	}
	return string(text)
}
