package rows

import "github.com/ferryman/ferryman/internal/standin/oracle/dict"

func Make(m *dict.Model, have []Set, o Options) (*Made, error) { return &Made{}, nil }
