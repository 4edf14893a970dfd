// SPDX-License-Identifier: Apache-2.0

package slack_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack"
	client "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

func TestPostMessageIsLimitedPerChannel(t *testing.T) {
	t.Parallel()
	now := newClock()
	s := start(t, now.options(slack.Options{}))
	c := api(s)
	post := func(channel string) error {
		_, _, err := c.PostMessage(channel, client.MsgOptionText("x", false))
		return err
	}
	for range 3 {
		require.NoError(t, post(slack.Migrations), "a short burst passes")
	}
	var limited *client.RateLimitedError
	require.ErrorAs(t, post(slack.Migrations), &limited)
	require.Equal(t, time.Second, limited.RetryAfter)
	require.NoError(t, post(slack.DBA), "another channel has its own limit")
	now.forward(time.Second)
	require.NoError(t, post(slack.Migrations))
	require.ErrorAs(t, post(slack.Migrations), &limited)
	require.Len(t, s.Messages(slack.Migrations), 4, "what was limited was not posted")
}

func TestTiersCountTheLastMinute(t *testing.T) {
	t.Parallel()
	now := newClock()
	s := start(t, now.options(slack.Options{}))
	c := api(s)
	list := func() error { _, err := c.GetUserGroups(); return err }
	for range 20 {
		require.NoError(t, list())
		now.forward(time.Second)
	}
	var limited *client.RateLimitedError
	require.ErrorAs(t, list(), &limited)
	require.Equal(t, 40*time.Second, limited.RetryAfter)
	now.forward(40 * time.Second)
	require.NoError(t, list())
	require.ErrorAs(t, list(), &limited)
}

func TestFaultsOfMethods(t *testing.T) {
	t.Parallel()
	now := newClock()
	s := start(t, now.options(relaxed()))
	c := api(s)
	post := func() error {
		_, _, err := c.PostMessage(slack.Migrations, client.MsgOptionText("x", false))
		return err
	}
	s.FailNext("chat.postMessage", 2, "internal_error")
	require.EqualError(t, post(), "internal_error")
	_, err := c.AuthTest()
	require.NoError(t, err, "only the named method fails")
	require.EqualError(t, post(), "internal_error")
	require.NoError(t, post())

	s.RateLimit("chat.postMessage", 7*time.Second, time.Minute)
	var limited *client.RateLimitedError
	require.ErrorAs(t, post(), &limited)
	require.Equal(t, 7*time.Second, limited.RetryAfter)
	now.forward(time.Minute)
	require.NoError(t, post())

	s.FailNextHTTP("", 1, http.StatusBadGateway)
	var status client.StatusCodeError
	require.ErrorAs(t, post(), &status)
	require.Equal(t, http.StatusBadGateway, status.Code)

	before := len(s.Messages(slack.Migrations))
	s.DropNext("chat.postMessage", 1)
	require.Error(t, post())
	require.Len(t, s.Messages(slack.Migrations), before)
	s.LoseAnswers("chat.postMessage", 1)
	err = post()
	require.Error(t, err)
	require.False(t, errors.As(err, &client.SlackErrorResponse{}))
	require.Len(t, s.Messages(slack.Migrations), before+1, "the answer was lost, the message was not")
	require.Equal(t, 8, s.Calls("chat.postMessage"))
}
