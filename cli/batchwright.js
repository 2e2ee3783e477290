#!/usr/bin/env node
// The sources run as they are: tsx compiles them on the fly, so there is no build step to forget.
// The SDK's pinned versions run on Node 20; without this it warns at every start.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
require('tsx/cjs');
require('./process.ts').runProcess();
