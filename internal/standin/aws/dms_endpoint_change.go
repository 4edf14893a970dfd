// SPDX-License-Identifier: Apache-2.0

package aws

import "strings"

type describeEndpointsOutput struct {
	Endpoints []shownEndpoint
	Marker    string `json:",omitempty"`
}

func (s *Server) describeEndpoints(in *describe) (*describeEndpointsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := matches(sorted(s.endpoints, func(e *endpoint) string { return e.id }), in.Filters, map[string]func(*endpoint) string{
		"endpoint-arn":  func(e *endpoint) string { return e.arn },
		"endpoint-id":   func(e *endpoint) string { return e.id },
		"endpoint-type": func(e *endpoint) string { return e.kind },
		"engine-name":   func(e *endpoint) string { return e.engine },
	})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 && len(in.Filters) > 0 {
		return nil, notFound("No Endpoints found matching filter %s", in.Filters[0].Name)
	}
	some, next, err := page(all, in.Marker, in.MaxRecords, usualBounds)
	out := &describeEndpointsOutput{Endpoints: []shownEndpoint{}, Marker: next}
	for _, e := range some {
		out.Endpoints = append(out.Endpoints, e.shown())
	}
	return out, err
}

type modifyEndpointInput struct {
	endpointFields
	EndpointArn        string `aws:"required"`
	EndpointIdentifier string
}

func (s *Server) modifyEndpoint(in *modifyEndpointInput) (*endpointOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.endpoints[in.EndpointArn]
	if found == nil {
		return nil, notFound("Endpoint %.200s not found.", in.EndpointArn)
	}
	if in.EndpointType != "" && in.EndpointType != found.kind {
		return nil, badValue("The type of an endpoint can't be changed.")
	}
	if t := s.taskOf(found); t != nil && t.active() {
		return nil, wrongState("Endpoint %s is part of replication task %s, which is %s.", found.id, t.id, t.status)
	}
	if id := strings.ToLower(in.EndpointIdentifier); id != "" {
		if err := checkIdentifier("EndpointIdentifier", id, 255); err != nil {
			return nil, err
		}
		defer func() { found.id = id }()
	}
	if err := found.change(in.endpointFields); err != nil {
		return nil, err
	}
	for key := range s.connections { // what was tested is no longer what is there
		if key.endpoint == found.arn {
			delete(s.connections, key)
		}
	}
	return &endpointOutput{found.shown()}, nil
}

type endpointARN struct {
	EndpointArn string `aws:"required"`
}

func (s *Server) deleteEndpoint(in *endpointARN) (*endpointOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.endpoints[in.EndpointArn]
	if found == nil {
		return nil, notFound("Endpoint %.200s not found.", in.EndpointArn)
	}
	if t := s.taskOf(found); t != nil {
		return nil, wrongState("Endpoint %s is part of one or more ReplicationTasks.", found.id)
	}
	delete(s.endpoints, found.arn)
	delete(s.tags, found.arn)
	delete(s.refreshes, found.arn)
	for key := range s.connections {
		if key.endpoint == found.arn {
			delete(s.connections, key)
		}
	}
	out := &endpointOutput{found.shown()}
	out.Endpoint.Status = "deleting"
	return out, nil
}

// taskOf finds a task that uses an endpoint, an active one first.
func (s *Server) taskOf(e *endpoint) *task {
	var found *task
	for _, t := range s.tasks {
		if (t.source == e || t.target == e) && (found == nil || t.active()) {
			found = t
		}
	}
	return found
}
