// Every synth would otherwise run CDK's built-in validation (about 5 CPU seconds each); `npm run validate:templates` does it once.
process.env.CDK_VALIDATION = 'false';
// Said once in the documentation; the SDK would say it in every test process.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
