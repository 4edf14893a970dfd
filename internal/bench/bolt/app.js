// SPDX-License-Identifier: Apache-2.0

// What Ferryman's acknowledgements are measured beside: a Bolt app that adds each command to a Redis stream before it acknowledges.
'use strict';
const { App, LogLevel, SocketModeReceiver } = require('@slack/bolt');
const { createClient } = require('redis');

const clientOptions = { slackApiUrl: process.env.SLACK_API_URL };
const app = new App({
  token: process.env.SLACK_BOT_TOKEN,
  logLevel: LogLevel.ERROR,
  clientOptions,
  receiver: new SocketModeReceiver({ appToken: process.env.SLACK_APP_TOKEN, logLevel: LogLevel.ERROR, installerOptions: { clientOptions } }),
});
const redis = createClient({ url: process.env.REDIS_URL });

app.command(/.*/, async ({ command, ack }) => {
  await redis.xAdd('commands', '*', { payload: JSON.stringify(command) });
  await ack();
});

(async () => {
  await redis.connect();
  await app.start();
})();
