// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"maps"
	"slices"
)

type tag struct {
	Key         string
	Value       string
	ResourceArn string `json:",omitempty"`
}

// tag adds tags to a resource. The caller holds the lock.
func (s *Server) tag(arn string, tags []tag) error {
	merged := maps.Clone(s.tags[arn])
	if merged == nil {
		merged = map[string]string{}
	}
	for _, t := range tags {
		if t.Key == "" || len(t.Key) > 128 || len(t.Value) > 256 {
			return badValue("A tag's key must have 1 to 128 characters, its value at most 256.")
		}
		merged[t.Key] = t.Value
	}
	if len(merged) > 50 {
		return badValue("A resource can have at most 50 tags.")
	}
	s.tags[arn] = merged
	return nil
}

type tagsInput struct {
	ResourceArn string `aws:"required"`
	Tags        []tag  `aws:"required"`
}

func (s *Server) addTags(in *tagsInput) (*struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tags[in.ResourceArn] == nil {
		return nil, notFound("Resource %.200s not found", in.ResourceArn)
	}
	return &struct{}{}, s.tag(in.ResourceArn, in.Tags)
}

type removeTagsInput struct {
	ResourceArn string   `aws:"required"`
	TagKeys     []string `aws:"required"`
}

func (s *Server) removeTags(in *removeTagsInput) (*struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tags[in.ResourceArn] == nil {
		return nil, notFound("Resource %.200s not found", in.ResourceArn)
	}
	for _, key := range in.TagKeys {
		delete(s.tags[in.ResourceArn], key)
	}
	return &struct{}{}, nil
}

type listTagsInput struct {
	ResourceArn     string
	ResourceArnList []string
}

type listTagsOutput struct{ TagList []tag }

func (s *Server) listTags(in *listTagsInput) (*listTagsOutput, error) {
	arns := in.ResourceArnList
	if in.ResourceArn != "" {
		arns = append(arns, in.ResourceArn)
	}
	if len(arns) == 0 {
		return nil, badCombination("ResourceArn or ResourceArnList must be given.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &listTagsOutput{TagList: []tag{}}
	for _, arn := range arns {
		if s.tags[arn] == nil {
			return nil, notFound("Resource %.200s not found", arn)
		}
		for _, key := range slices.Sorted(maps.Keys(s.tags[arn])) {
			entry := tag{Key: key, Value: s.tags[arn][key]}
			if len(in.ResourceArnList) > 0 {
				entry.ResourceArn = arn
			}
			out.TagList = append(out.TagList, entry)
		}
	}
	return out, nil
}
