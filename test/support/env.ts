// Every synth would otherwise run CDK's built-in validation (about 5 CPU seconds each); `npm run validate:templates` does it once.
process.env.CDK_VALIDATION = 'false';
