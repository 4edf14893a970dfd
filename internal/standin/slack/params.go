// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// maxBody bounds a Web API request; Slack's own bound is not documented.
const maxBody = 4 << 20

// params are a method's arguments, from a form (all strings) or a JSON object.
type params struct {
	values         object
	json           bool
	missingCharset bool
}

var errBody = errors.New("request body")

// readParams reads a POST body or a GET query. The error's text is Slack's error code.
func readParams(r *http.Request) (params, error) {
	p := params{values: object{}}
	kind, attrs, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.Header.Get("Content-Type") != "" {
		return p, fmt.Errorf("%w: invalid_post_type", errBody)
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxBody)
	if kind == "application/json" {
		if charset := attrs["charset"]; charset == "" {
			p.missingCharset = true
		} else if !strings.EqualFold(charset, "utf-8") {
			return p, fmt.Errorf("%w: invalid_charset", errBody)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return p, fmt.Errorf("%w: request_timeout", errBody)
		}
		p.json = true
		if len(bytes.TrimSpace(body)) == 0 {
			return p, nil
		}
		v, err := decodeJSON(body)
		if err != nil {
			return p, fmt.Errorf("%w: invalid_json", errBody)
		}
		if v == nil {
			return p, nil
		}
		o, ok := v.(object)
		if !ok {
			return p, fmt.Errorf("%w: json_not_object", errBody)
		}
		p.values = o
		return p, nil
	}
	switch kind {
	case "multipart/form-data":
		err = r.ParseMultipartForm(maxBody)
	case "application/x-www-form-urlencoded", "":
		err = r.ParseForm()
	default:
		return p, fmt.Errorf("%w: invalid_post_type", errBody)
	}
	if err != nil {
		return p, fmt.Errorf("%w: invalid_form_data", errBody)
	}
	for k, v := range r.Form {
		p.values[k] = v[0]
	}
	return p, nil
}

// decodeJSON keeps numbers as they were written.
func decodeJSON(b []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

func (p params) has(name string) bool { v, ok := p.values[name]; return ok && v != nil }

func (p params) str(name string) string {
	switch v := p.values[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func (p params) flag(name string) bool {
	v := strings.ToLower(p.str(name))
	return v == "true" || v == "1"
}

// number is an integer argument; absent gives usual. Not a number, or out of bounds, is invalid_limit for paging.
func (p params) number(name string, usual int) (int, bool) {
	if p.str(name) == "" {
		return usual, true
	}
	n, err := strconv.Atoi(p.str(name))
	return n, err == nil
}

// structured is an argument that is JSON: a value of its own in a JSON body, a string with JSON in a form (or in a JSON body, as the
// Node SDK sends it).
func (p params) structured(name string) (v any, ok bool) {
	raw, given := p.values[name]
	if !given || raw == nil {
		return nil, true
	}
	text, isText := raw.(string)
	if !isText {
		return raw, true
	}
	if strings.TrimSpace(text) == "" {
		return nil, true
	}
	v, err := decodeJSON([]byte(text))
	return v, err == nil
}
