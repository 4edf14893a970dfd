// SPDX-License-Identifier: Apache-2.0

package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxSize bounds the file, in bytes.
const maxSize = 1 << 20

// Load reads and checks a configuration file. Everything that is wrong in it is in one *InvalidError.
func Load(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no configuration file %s; start from deploy/ferryman.example.yaml, --config or FERRYMAN_CONFIG names another: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return Parse(path, data, os.LookupEnv)
}

// Parse is Load for a text that was read already; path is for messages, env gives the variables.
func Parse(path string, data []byte, env func(string) (string, bool)) (*Config, error) {
	refuse := func(problems ...Problem) (*Config, error) {
		return nil, &InvalidError{File: path, Problems: sortProblems(problems)}
	}
	if len(data) > maxSize {
		return refuse(Problem{Line: 1, Column: 1, Message: fmt.Sprintf("the file has %d bytes; more than %d can't be meant", len(data), maxSize)})
	}
	body, problem := parse(data)
	if problem != nil {
		return refuse(*problem)
	}
	d := &document{positions: map[string]position{"": {1, 1}}, expanded: map[string]bool{}, unset: map[string]bool{},
		anchors: map[string]ast.Node{}, env: env}
	compiled, raw := loadSchema()
	d.root = d.complete("", raw, d.value("", body))
	d.validate(compiled)
	if len(d.problems) > 0 {
		return refuse(d.problems...)
	}
	d.root = d.durations("", raw, d.root)
	plain, err := json.Marshal(d.root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	cfg := &Config{}
	if err := json.Unmarshal(plain, cfg); err != nil {
		return nil, fmt.Errorf("%s does not fit its own schema; this is a defect of Ferryman", path)
	}
	cfg.Path = path
	d.checkReplicas(cfg.Replicas)
	for _, name := range slices.Sorted(maps.Keys(cfg.Profiles)) {
		cfg.Profiles[name].Name = name
		d.check(cfg.Profiles[name])
	}
	if len(d.problems) > 0 {
		return refuse(d.problems...)
	}
	return cfg, nil
}

// parse reads the file as one YAML document.
func parse(data []byte) (ast.Node, *Problem) {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		problem := &Problem{Line: 1, Column: 1, Message: "this is not YAML"}
		var syntax *yaml.SyntaxError // its Error quotes the file, which may hold a password
		if errors.As(err, &syntax) {
			at := place(syntax.GetToken())
			problem = &Problem{Line: at.line, Column: at.column, Message: "this is not YAML: " + syntax.GetMessage()}
		}
		return nil, problem
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			at := place(doc.Body.GetToken())
			return nil, &Problem{Line: at.line, Column: at.column, Message: "a second document begins here; the configuration is one"}
		}
		body = doc.Body
	}
	if body == nil {
		return nil, &Problem{Line: 1, Column: 1, Message: "the file is empty; it needs at least one profile"}
	}
	return body, nil
}
