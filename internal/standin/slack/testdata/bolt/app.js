// SPDX-License-Identifier: Apache-2.0

// A small Bolt app in Socket Mode that uses what Ferryman uses: commands, messages with buttons, modals, files, mentions.
'use strict';
const { App, LogLevel, SocketModeReceiver } = require('@slack/bolt');

const clientOptions = { slackApiUrl: process.env.SLACK_API_URL };
const app = new App({
  token: process.env.SLACK_BOT_TOKEN,
  logLevel: LogLevel.WARN,
  clientOptions,
  receiver: new SocketModeReceiver({
    appToken: process.env.SLACK_APP_TOKEN,
    logLevel: LogLevel.WARN,
    clientPingTimeout: 1000, // also the pause before it reconnects, 5 s otherwise
    installerOptions: { clientOptions },
  }),
});

const plain = (text) => ({ type: 'plain_text', text });
const section = (text) => ({ type: 'section', text: { type: 'mrkdwn', text } });

app.command('/migrate-status', async ({ command, ack, respond, client }) => {
  await ack(`looking at ${command.text}`);
  const root = await client.chat.postMessage({
    channel: command.channel_id,
    text: `status of ${command.text}`,
    blocks: [
      section(`*${command.text}* asked by <@${command.user_id}>`),
      { type: 'actions', block_id: 'votes', elements: [{ type: 'button', action_id: 'approve', text: plain('Approve'), value: 'id-1' }] },
    ],
    metadata: { event_type: 'bolt', event_payload: { name: command.text } },
  });
  await client.filesUploadV2({
    channel_id: command.channel_id, thread_ts: root.ts, filename: 'plan.sql', content: 'select 1;\n', title: 'The plan',
  });
  await respond({ text: 'posted', response_type: 'ephemeral' });
});

app.action('approve', async ({ ack, body, client }) => {
  await ack();
  await client.views.open({
    trigger_id: body.trigger_id,
    view: {
      type: 'modal', callback_id: 'confirm', title: plain('Confirm'), submit: plain('Yes'), private_metadata: `${body.channel.id} ${body.message.ts}`,
      blocks: [{ type: 'input', block_id: 'name', label: plain('Name'), element: { type: 'plain_text_input', action_id: 'value' } }],
    },
  });
});

app.view('confirm', async ({ ack, view, body, client }) => {
  if (view.state.values.name.value.value !== 'box') {
    await ack({ response_action: 'errors', errors: { name: 'not its name' } });
    return;
  }
  await ack();
  const [channel, ts] = view.private_metadata.split(' ');
  await client.chat.update({ channel, ts, text: 'approved', blocks: [section(`approved by <@${body.user.id}>`)] });
  const replies = await client.conversations.replies({ channel, ts, include_all_metadata: true });
  await client.chat.postEphemeral({ channel, user: body.user.id, text: `metadata ${replies.messages[0].metadata.event_payload.name}` });
});

app.event('app_mention', async ({ event, say }) => {
  const { user } = await app.client.users.info({ user: event.user });
  await say({ text: `hello ${user.real_name}`, thread_ts: event.ts });
});

app.error(async (error) => {
  console.error(error);
  process.exitCode = 1;
});

app.start().catch((error) => {
  console.error(error);
  process.exit(1);
});
