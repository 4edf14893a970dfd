// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/standin/page"
	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/spf13/cobra"
)

func playCommand() *cobra.Command {
	var s settings
	var port int
	c := &cobra.Command{
		Use: "play", Short: "The same world, yours: a page that looks and behaves like a Slack channel", Args: noArguments,
		Long: "Starts the world and ferryman, and serves a page at http://127.0.0.1:8484: choose which member you are, type slash commands, press buttons,\n" +
			"fill modals, and break things. Ctrl-C ends it; nothing is kept.",
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := startPlay(c.Context(), s, port, c.OutOrStdout())
			if err != nil {
				return err
			}
			defer p.close()
			say(c.OutOrStdout(), "Open %s and type /migrate-new %s. Ctrl-C ends it.", p.url, p.world.schema.name)
			<-c.Context().Done()
			return nil
		},
	}
	s.flags(c)
	c.Flags().IntVar(&port, "port", 8484, "the page's port on 127.0.0.1")
	return c
}

// play is the world with a page before it.
type play struct {
	*rehearsal
	url    string
	server *http.Server
	cancel context.CancelFunc
}

func startPlay(ctx context.Context, s settings, port int, out io.Writer) (p *play, err error) {
	ctx, cancel := context.WithCancel(ctx)
	p = &play{cancel: cancel}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	path, err := s.ferrymanPath()
	if err != nil {
		return p, err
	}
	w, err := startWorld(ctx, s, nil)
	if err != nil {
		return p, err
	}
	p.rehearsal = &rehearsal{settings: s, world: w, began: time.Now()}
	config, err := w.configure(s)
	if err != nil {
		return p, err
	}
	p.child = &child{path: path, env: w.environment(config), dir: w.dir, verbose: s.verbose}
	p.out = newPrinter(w.slack, io.Discard)
	if err := p.child.start(); err != nil {
		return p, err
	}
	if err := p.child.running(ctx, w); err != nil {
		return p, err
	}
	handler := page.New(page.Options{
		Slack: w.slack, Channel: slack.Migrations, Members: []string{slack.DBA, slack.Lead, slack.OnCall, slack.GuestID}, Title: "Ferryman, to play with",
		Breaks: p.breaks(ctx), Notes: []string{
			fmt.Sprintf("You are <@%s>, an operator. Type `/migrate-new %s`, then follow what the thread says is next. <@%s> and <@%s> are the approvers: change who you are to approve.", slack.DBA, w.schema.name, slack.Lead, slack.OnCall),
			w.note + ".",
		},
	})
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return p, fmt.Errorf("the page can't be served: %w; choose another port with --port", err)
	}
	p.url = "http://" + listener.Addr().String()
	p.server = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := p.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			say(out, "the page ended: %v", err)
		}
	}()
	return p, nil
}

func (p *play) close() {
	p.cancel()
	if p.server != nil {
		_ = p.server.Close()
	}
	if p.rehearsal == nil {
		return
	}
	if p.traffic != nil {
		p.traffic.stop()
	}
	if p.child != nil {
		p.child.stop()
	}
	if p.out != nil {
		p.out.close()
	}
	p.world.close()
}

// breaks are what can be done to the world while it plays.
func (p *play) breaks(ctx context.Context) []page.Break {
	w := p.world
	first := w.schema.dict.Tables[0]
	for _, t := range w.schema.dict.Tables {
		if t.NumRows == nil {
			first = t // one whose rows are made up, so that there is something to load
			break
		}
	}
	return []page.Break{
		{ID: "sockets", Label: "Drop the sockets", Help: "Every Socket Mode connection is cut without a word. Ferryman comes back by itself.", Do: func(context.Context) (string, error) {
			return fmt.Sprintf("%d sockets were cut.", w.slack.DropSockets()), nil
		}},
		{ID: "write", Label: "Write to the source", Help: "The application starts, or stops, changing rows on Oracle.", Do: func(context.Context) (string, error) { return p.toggleTraffic(ctx) }},
		{ID: "supplement", Label: "Supplemental logging", Help: "A DBA adds what tables without a primary key need before loading.", Do: func(ctx context.Context) (string, error) {
			return "Tables without a primary key log all columns now.", p.supplement(ctx)
		}},
		{ID: "fail-table", Label: "Fail table " + strings.ToLower(first.Name), Help: "Its full load will fail after the first rows.", Do: func(context.Context) (string, error) {
			w.aws.FailTable(first.Owner, first.Name)
			return first.Owner + "." + first.Name + " will fail to load.", nil
		}},
		{ID: "mend-table", Label: "Mend table " + strings.ToLower(first.Name), Help: "It loads again.", Do: func(context.Context) (string, error) {
			w.aws.MendTable(first.Owner, first.Name)
			return first.Owner + "." + first.Name + " will load.", nil
		}},
		{ID: "oracle-away", Label: "Close Oracle's port", Help: "The listener goes away with every connection.", Do: func(context.Context) (string, error) {
			w.oracle.ClosePort()
			return "Oracle can't be reached.", nil
		}},
		{ID: "oracle-back", Label: "Open Oracle's port", Help: "The listener is back.", Do: func(context.Context) (string, error) { return "Oracle can be reached.", w.oracle.OpenPort() }},
		{ID: "kill", Label: "Kill ferryman (-9)", Help: "It is started again at once and goes on where it was.", Do: func(context.Context) (string, error) {
			p.child.kill()
			return "ferryman was killed and started again.", p.child.start()
		}},
	}
}

func (p *play) toggleTraffic(ctx context.Context) (string, error) {
	if p.traffic != nil {
		did := p.traffic.stop()
		p.traffic = nil
		return "The application is stopped after " + did + ".", nil
	}
	t, err := startTraffic(ctx, p.world, p.out)
	if err != nil {
		return "", err
	}
	p.traffic = t
	return fmt.Sprintf("The application writes to %d tables of Oracle until you press this again.", len(t.tables)), nil
}
