// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

var logsOperations = map[string]handler{
	"DescribeLogStreams": operation((*Server).describeLogStreams),
	"FilterLogEvents":    operation((*Server).filterLogEvents),
	"GetLogEvents":       operation((*Server).getLogEvents),
}

type describeLogStreamsInput struct {
	LogGroupName        string `json:"logGroupName" aws:"required"`
	LogStreamNamePrefix string `json:"logStreamNamePrefix"`
	Limit               *int   `json:"limit"`
	NextToken           string `json:"nextToken"`
}

type shownStream struct {
	Arn                 string `json:"arn"`
	CreationTime        int64  `json:"creationTime"`
	FirstEventTimestamp int64  `json:"firstEventTimestamp"`
	LastEventTimestamp  int64  `json:"lastEventTimestamp"`
	LastIngestionTime   int64  `json:"lastIngestionTime"`
	LogStreamName       string `json:"logStreamName"`
}

type describeLogStreamsOutput struct {
	LogStreams []shownStream `json:"logStreams"`
	NextToken  string        `json:"nextToken,omitempty"`
}

func (s *Server) describeLogStreams(in *describeLogStreamsInput) (*describeLogStreamsOutput, error) {
	all, err := s.logs.streams(in.LogGroupName)
	if err != nil {
		return nil, err
	}
	var shown []shownStream
	for _, stream := range all {
		if strings.HasPrefix(stream.name, in.LogStreamNamePrefix) {
			first, last := stream.lines[0].at.UnixMilli(), stream.lines[len(stream.lines)-1].at.UnixMilli()
			shown = append(shown, shownStream{
				Arn:          fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s:log-stream:%s", s.opts.Region, s.opts.Account, in.LogGroupName, stream.name),
				CreationTime: stream.created.UnixMilli(), FirstEventTimestamp: first, LastEventTimestamp: last, LastIngestionTime: last,
				LogStreamName: stream.name,
			})
		}
	}
	out := &describeLogStreamsOutput{}
	out.LogStreams, out.NextToken, err = logPage(shown, in.NextToken, in.Limit, 50, 50)
	return out, err
}

type filterLogEventsInput struct {
	LogGroupName        string   `json:"logGroupName" aws:"required"`
	LogStreamNames      []string `json:"logStreamNames"`
	LogStreamNamePrefix string   `json:"logStreamNamePrefix"`
	StartTime           *int64   `json:"startTime"`
	EndTime             *int64   `json:"endTime"`
	FilterPattern       string   `json:"filterPattern"`
	Limit               *int     `json:"limit"`
	NextToken           string   `json:"nextToken"`
}

type shownEvent struct {
	EventID       string `json:"eventId,omitempty"`
	IngestionTime int64  `json:"ingestionTime"`
	LogStreamName string `json:"logStreamName,omitempty"`
	Message       string `json:"message"`
	Timestamp     int64  `json:"timestamp"`
}

type filterLogEventsOutput struct {
	Events             []shownEvent `json:"events"`
	NextToken          string       `json:"nextToken,omitempty"`
	SearchedLogStreams []struct{}   `json:"searchedLogStreams"`
}

func (s *Server) filterLogEvents(in *filterLogEventsInput) (*filterLogEventsOutput, error) {
	if len(in.LogStreamNames) > 0 && in.LogStreamNamePrefix != "" {
		return nil, fault("InvalidParameterException", "logStreamNames and logStreamNamePrefix can't both be given.")
	}
	all, err := s.logs.streams(in.LogGroupName)
	if err != nil {
		return nil, err
	}
	for _, name := range in.LogStreamNames {
		if !slices.ContainsFunc(all, func(stream logStream) bool { return stream.name == name }) {
			return nil, fault("ResourceNotFoundException", "The specified log stream does not exist.")
		}
	}
	wanted, err := filterPattern(in.FilterPattern)
	if err != nil {
		return nil, err
	}
	var found []shownEvent
	for _, stream := range all {
		if len(in.LogStreamNames) > 0 && !slices.Contains(in.LogStreamNames, stream.name) ||
			!strings.HasPrefix(stream.name, in.LogStreamNamePrefix) {
			continue
		}
		for _, line := range stream.lines {
			at := line.at.UnixMilli()
			if (in.StartTime == nil || at >= *in.StartTime) && (in.EndTime == nil || at <= *in.EndTime) && wanted(line.message) {
				found = append(found, shownEvent{line.id, at, stream.name, line.message, at})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b shownEvent) int { return strings.Compare(a.EventID, b.EventID) })
	out := &filterLogEventsOutput{SearchedLogStreams: []struct{}{}}
	out.Events, out.NextToken, err = logPage(found, in.NextToken, in.Limit, 10000, 10000)
	return out, err
}

// logPage pages as CloudWatch Logs does: a limit from 1 to longest, and a token.
func logPage[T any](all []T, token string, limit *int, def, longest int) ([]T, string, error) {
	size := def
	set(&size, limit)
	if size < 1 || size > longest {
		return nil, "", fault("InvalidParameterException", "1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: "+
			"Member must be between 1 and %d", size, longest)
	}
	start := 0
	if token != "" {
		var err error
		if start, err = strconv.Atoi(strings.TrimPrefix(token, "t/")); err != nil || start < 0 {
			return nil, "", fault("InvalidParameterException", "The specified nextToken is invalid.")
		}
	}
	start = min(start, len(all))
	end := min(start+size, len(all))
	next := ""
	if end < len(all) {
		next = fmt.Sprintf("t/%d", end)
	}
	if all == nil {
		all = []T{}
	}
	return all[start:end], next, nil
}

type getLogEventsInput struct {
	LogGroupName  string `json:"logGroupName" aws:"required"`
	LogStreamName string `json:"logStreamName" aws:"required"`
	StartTime     *int64 `json:"startTime"`
	EndTime       *int64 `json:"endTime"`
	Limit         *int   `json:"limit"`
	NextToken     string `json:"nextToken"`
	StartFromHead bool   `json:"startFromHead"`
}

type getLogEventsOutput struct {
	Events            []shownEvent `json:"events"`
	NextForwardToken  string       `json:"nextForwardToken"`
	NextBackwardToken string       `json:"nextBackwardToken"`
}

// getLogEvents reads one stream. Tokens are positions in it: "f/<next to read>" and "b/<end of what is before>"; at either end the
// same token comes back.
func (s *Server) getLogEvents(in *getLogEventsInput) (*getLogEventsOutput, error) {
	all, err := s.logs.streams(in.LogGroupName)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(stream logStream) bool { return stream.name == in.LogStreamName })
	if i < 0 {
		return nil, fault("ResourceNotFoundException", "The specified log stream does not exist.")
	}
	lines := slices.DeleteFunc(slices.Clone(all[i].lines), func(line logLine) bool {
		at := line.at.UnixMilli()
		return in.StartTime != nil && at < *in.StartTime || in.EndTime != nil && at >= *in.EndTime
	})
	size := 10000
	set(&size, in.Limit)
	if size < 1 || size > 10000 {
		return nil, fault("InvalidParameterException", "limit must be between 1 and 10000")
	}
	from, to := max(0, len(lines)-size), len(lines)
	if in.StartFromHead {
		from, to = 0, min(size, len(lines))
	}
	if in.NextToken != "" {
		direction, number, _ := strings.Cut(in.NextToken, "/")
		position, err := strconv.Atoi(number)
		if err != nil || position < 0 || direction != "f" && direction != "b" {
			return nil, fault("InvalidParameterException", "The specified nextToken is invalid.")
		}
		position = min(position, len(lines))
		if from, to = position, min(position+size, len(lines)); direction == "b" {
			from, to = max(0, position-size), position
		}
	}
	out := &getLogEventsOutput{Events: []shownEvent{}, NextForwardToken: fmt.Sprintf("f/%d", to), NextBackwardToken: fmt.Sprintf("b/%d", from)}
	for _, line := range lines[from:to] {
		out.Events = append(out.Events, shownEvent{"", line.at.UnixMilli(), "", line.message, line.at.UnixMilli()})
	}
	return out, nil
}

// filterPattern reads the part of the pattern language that looks for text: terms and quoted phrases that must all occur, ?terms of
// which one must, -terms that must not. Upper and lower case differ.
func filterPattern(pattern string) (func(string) bool, error) {
	if strings.HasPrefix(pattern, "{") || strings.HasPrefix(pattern, "[") || strings.HasPrefix(pattern, "%") {
		return nil, fault("InvalidParameterException", "Only text patterns are served here, not JSON, space-delimited or regular expression ones.")
	}
	var all, any, none []string
	for rest := strings.TrimSpace(pattern); rest != ""; rest = strings.TrimSpace(rest) {
		list := &all
		switch rest[0] {
		case '?':
			list, rest = &any, rest[1:]
		case '-':
			list, rest = &none, rest[1:]
		}
		term := ""
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			if term, rest, ok = strings.Cut(quoted, `"`); !ok {
				return nil, fault("InvalidParameterException", "Invalid filter pattern: a quote is not closed")
			}
		} else {
			term, rest, _ = strings.Cut(rest, " ")
		}
		*list = append(*list, term)
	}
	return func(message string) bool {
		contains := func(term string) bool { return strings.Contains(message, term) }
		return !slices.ContainsFunc(none, contains) && !slices.ContainsFunc(all, func(term string) bool { return !contains(term) }) &&
			(len(any) == 0 || slices.ContainsFunc(any, contains))
	}, nil
}
