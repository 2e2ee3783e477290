#!/usr/bin/env node
// The sources run as they are: tsx compiles them on the fly, so there is no build step to forget.
require('tsx/cjs');
require('./process.ts').runProcess();
