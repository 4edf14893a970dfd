// SPDX-License-Identifier: Apache-2.0

package faulty

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxBody bounds a request or an answer, in bytes.
const maxBody = 64 << 20

// HTTPProxy is a proxy in front of an HTTP server.
type HTTPProxy struct {
	listener net.Listener
	server   *http.Server
	client   *http.Client
	target   *url.URL
}

// AWSProxy starts a proxy in front of AWS's JSON services: a call that changes something is seen when it was answered well.
func AWSProxy(target, client string, watch Watcher) (*HTTPProxy, error) {
	return httpProxy(target, client, watch, awsWrite)
}

// SlackProxy starts a proxy in front of Slack's Web API: a method that changes something is seen when it was answered with ok.
func SlackProxy(target, client string, watch Watcher) (*HTTPProxy, error) {
	return httpProxy(target, client, watch, slackWrite)
}

// exchange is a request and its answer, whole.
type exchange struct {
	path         string
	header       http.Header
	body, answer []byte
	status       int
}

func httpProxy(target, client string, watch Watcher, wrote func(exchange) *Write) (*HTTPProxy, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("proxy to %s: %w", target, err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("proxy to %s: %w", target, err)
	}
	p := &HTTPProxy{listener: l, target: u, client: &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 32},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	p.server = &http.Server{ReadHeaderTimeout: 30 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.serve(w, r, client, watch, wrote)
	})}
	go func() { _ = p.server.Serve(l) }()
	return p, nil
}

// URL is the server's address with the proxy's host and port in it.
func (p *HTTPProxy) URL() string {
	u := *p.target
	u.Host = p.listener.Addr().String()
	return u.String()
}

// Close ends it and cuts its connections.
func (p *HTTPProxy) Close() {
	_ = p.server.Close()
	p.client.CloseIdleConnections()
}

func (p *HTTPProxy) serve(w http.ResponseWriter, r *http.Request, client string, watch Watcher, wrote func(exchange) *Write) {
	cut := func() { panic(http.ErrAbortHandler) } // net/http closes the connection without an answer
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		cut()
	}
	// The server goes on with what it was asked even when who asked is dead.
	out, err := http.NewRequest(r.Method, p.target.Scheme+"://"+p.target.Host+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		cut()
	}
	out.Header, out.Host = r.Header.Clone(), r.Host // the host is part of AWS's signature
	res, err := p.client.Do(out)
	if err != nil {
		cut()
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		cut()
	}
	if strings.HasSuffix(r.URL.Path, "/files.getUploadURLExternal") {
		// The bytes of a file are sent nowhere but to the address that the client knows.
		answer = bytes.ReplaceAll(answer, []byte(p.target.Host), []byte(p.listener.Addr().String()))
		res.Header.Del("Content-Length")
	}
	pass := func() error {
		for name, values := range res.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(res.StatusCode)
		if _, err := w.Write(answer); err != nil {
			return err
		}
		return http.NewResponseController(w).Flush()
	}
	write := wrote(exchange{path: r.URL.Path, header: r.Header, body: body, answer: answer, status: res.StatusCode})
	if write == nil {
		err = pass()
	} else {
		write.Client = client
		err = watch.seen(*write, pass)
	}
	if err != nil {
		cut()
	}
}

// awsWrite reads the operation from X-Amz-Target and what it is about from the request.
func awsWrite(e exchange) *Write {
	_, name, ok := strings.Cut(e.header.Get("X-Amz-Target"), ".")
	if !ok || e.status != http.StatusOK {
		return nil
	}
	if strings.HasPrefix(name, "Describe") {
		return &Write{Service: AWS, Kind: name, Read: true, Repeats: true}
	}
	for _, reading := range []string{"List", "Get", "Filter"} {
		if strings.HasPrefix(name, reading) {
			return nil
		}
	}
	return &Write{Service: AWS, Kind: name, ID: string(e.body)}
}

// slackReads are the methods that change nothing; tokens, sockets and pictures of people count as nothing.
var slackReads = []string{"auth.", "apps.", "conversations.history", "conversations.replies", "conversations.info", "conversations.list", "conversations.members", "users.", "usergroups.", "team.", "bots.", "api.test"}

func slackWrite(e exchange) *Write {
	_, method, ok := strings.Cut(e.path, "/api/")
	var answer struct {
		OK bool   `json:"ok"`
		TS string `json:"ts"`
	}
	if !ok || json.Unmarshal(e.answer, &answer) != nil || !answer.OK {
		return nil
	}
	for _, reading := range slackReads {
		if strings.HasPrefix(method, reading) {
			return nil
		}
	}
	key, id := messageOf(e)
	w := &Write{Service: Slack, Kind: strings.TrimSpace(method + " " + sortOf(key)), ID: id}
	w.Repeats = key == "root" || strings.HasSuffix(key, ":progress") || method == "chat.postEphemeral"
	return w
}

// messageOf is the key and the id of the bot's message, from its metadata; for other methods the id is all of the request.
func messageOf(e exchange) (key, id string) {
	form, err := url.ParseQuery(string(e.body))
	if err != nil {
		return "", string(e.body)
	}
	var metadata struct {
		Payload struct {
			ID, Key string
		} `json:"event_payload"`
	}
	if json.Unmarshal([]byte(form.Get("metadata")), &metadata) == nil && metadata.Payload.ID != "" {
		return metadata.Payload.Key, metadata.Payload.ID
	}
	form.Del("token")
	return "", form.Encode()
}
