// SPDX-License-Identifier: Apache-2.0

package plsql

// ahead is how many tokens of code a reader of constructs sees, the one at hand included.
const ahead = 6

// lexeme is a token of code or a hint. Word is its keyword in upper case where it is one that constructs or blocks are known by.
type lexeme struct {
	Token
	word string
	// glued is true where nothing stands between it and the lexeme before.
	glued bool
}

// stream gives the lexemes of a text and looks a few of them ahead, in bounded memory. It counts lines of code on its way.
type stream struct {
	scan     *Scanner
	window   [ahead]lexeme
	n        int
	ended    bool
	glued    bool
	before   lexeme // the one that was taken last
	codeLine int    // the last line that holds code
	lines    int    // lines that hold code
	problems []Problem
}

func newStream(src string) *stream { return &stream{scan: NewScanner(src)} }

// at is the i-th lexeme from here; past the end an empty one.
func (s *stream) at(i int) lexeme {
	for s.n <= i && !s.ended {
		t, ok := s.scan.Next()
		if !ok {
			s.ended = true
			break
		}
		if t.Open {
			s.problems = append(s.problems, Problem{t.Line, t.What()})
		}
		if t.Kind < Hint {
			s.glued = false
			continue
		}
		if t.Code() {
			s.count(t)
		}
		l := lexeme{Token: t, glued: s.glued}
		if t.Kind == Word {
			l.word = keyword(t.Text)
		}
		s.window[s.n], s.glued = l, true
		s.n++
	}
	if i >= s.n {
		return lexeme{}
	}
	return s.window[i]
}

// count adds the lines that t stands on and that held no code before it.
func (s *stream) count(t Token) {
	last := t.Line
	if t.Kind == String || t.Kind == Quoted {
		last = s.scan.line // the scanner is behind it
	}
	s.lines += last - max(s.codeLine, t.Line-1)
	s.codeLine = max(s.codeLine, last)
}

func (s *stream) next() (lexeme, bool) {
	l := s.at(0)
	if s.n == 0 {
		return l, false
	}
	copy(s.window[:], s.window[1:s.n])
	s.n--
	s.before = l
	return l, true
}
