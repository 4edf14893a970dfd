// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// maker makes messages of every size and shape.
type maker struct{ *rand.Rand }

var pieces = []string{
	"a", "é", "漢", "🚢", " ", "\n", "`", "```", "*", "_", "~", "&amp;", "&lt;", "<@U00000LEAD>", "<https://example.com/x|there>", "&", "<", ">",
	"\x00", "\xff\xfe", "\u202e", "<!date^1700000000^{time}|12:00>", "ORDERS_2026",
}

func (r maker) text() string {
	size := []int{0, 1, 10, 74, 76, 149, 151, 300, 1999, 2001, 2999, 3001}[r.IntN(12)]
	if r.IntN(200) == 0 {
		size = 70000
	}
	var s strings.Builder
	for piece := pieces[r.IntN(len(pieces))]; s.Len() < size; {
		s.WriteString(piece)
		if r.IntN(3) == 0 {
			piece = pieces[r.IntN(len(pieces))]
		}
	}
	return s.String()
}

func (r maker) object(kind string) *slack.TextBlockObject {
	if r.IntN(12) == 0 {
		return nil
	}
	return slack.NewTextBlockObject(kind, r.text(), false, false)
}

func (r maker) id() string {
	return []string{"", "", "same", r.text(), fmt.Sprint(r.Uint32())}[r.IntN(5)]
}

func (r maker) button() *slack.ButtonBlockElement {
	button := slack.NewButtonBlockElement(r.id(), r.text(), r.object(slack.PlainTextType))
	if r.IntN(4) == 0 {
		button.URL = "https://example.com/" + strings.Repeat("x", r.IntN(4000))
	}
	return button
}

func (r maker) block() slack.Block {
	switch r.IntN(8) {
	case 0, 1, 2:
		var fields []*slack.TextBlockObject
		for range r.IntN(3) * r.IntN(8) {
			fields = append(fields, r.object(slack.MarkdownType))
		}
		b := slack.NewSectionBlock(r.object(slack.MarkdownType), fields, nil)
		b.BlockID = r.id()
		return b
	case 3:
		return slack.NewHeaderBlock(r.object(slack.PlainTextType))
	case 4:
		var elements []slack.MixedElement
		for range r.IntN(14) {
			if text := r.object(slack.MarkdownType); text != nil {
				elements = append(elements, text)
			}
		}
		return slack.NewContextBlock(r.id(), elements...)
	case 5:
		b := slack.NewActionBlock(r.id())
		for range r.IntN(30) {
			b.Elements.ElementSet = append(b.Elements.ElementSet, r.button())
		}
		return b
	case 6:
		table := slack.NewTableBlock(r.id())
		width := r.IntN(24)
		for range r.IntN(130) {
			row := make([]slack.TableCell, max(0, width-r.IntN(2)*r.IntN(2)))
			for i := range row {
				row[i] = slack.NewTableRawTextCell(r.text()[:0] + fmt.Sprint(r.Uint32()))
				if r.IntN(20) == 0 {
					row[i] = slack.NewTableRawTextCell(r.text())
				}
			}
			table.AddRow(row...)
		}
		return table
	}
	return slack.NewDividerBlock()
}

func (r maker) message() commands.Message {
	m := commands.Message{Text: r.text()}
	for range []int{0, 1, 3, 10, 49, 51, 120}[r.IntN(7)] {
		m.Blocks = append(m.Blocks, r.block())
	}
	return m
}

// The stand-in is as strict as Slack: whatever a message is, what leaves here is taken.
func TestNoMessageIsRefusedWhateverItsSizeAndShape(t *testing.T) {
	t.Parallel()
	server := standin.New(unlimited)
	require.NoError(t, server.Start("127.0.0.1:0"))
	t.Cleanup(server.Close)
	w := &world{t: t, slack: server}
	s := w.client()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := maker{rand.New(rand.NewPCG(seed, 4))}
	messages := 60
	if os.Getenv("FERRYMAN_TEST_FULL") != "" {
		messages = 5000
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	for i := range messages {
		m := r.message()
		decides := i%2 == 0
		if decides { // buttons that decide are never lost to long words
			m.Blocks = append(m.Blocks[:min(len(m.Blocks), 40)], slack.NewActionBlock("approval",
				slack.NewButtonBlockElement("approval.approve", "r1", slack.NewTextBlockObject(slack.PlainTextType, "Approve", false, false))))
			for _, b := range m.Blocks[:len(m.Blocks)-1] {
				if actions, ok := b.(*slack.ActionBlock); ok {
					actions.Elements.ElementSet = nil
				}
			}
		}
		before, err := json.Marshal(m.Blocks)
		require.NoError(t, err)
		require.NoError(t, s.Direct(ctx, standin.DBA, m), "message %d", i)
		after, err := json.Marshal(m.Blocks)
		require.NoError(t, err)
		require.Equal(t, string(before), string(after), "what was given is left as it was")
		channels := server.Channels()
		im := channels[len(channels)-1].ID
		sent := server.Messages(im)
		require.Len(t, sent, 1)
		if decides {
			body, err := json.Marshal(sent[0].Blocks)
			require.NoError(t, err)
			require.Contains(t, string(body), "approval.approve")
		}
		require.NoError(t, server.Delete(im, sent[0].TS))
	}
}
